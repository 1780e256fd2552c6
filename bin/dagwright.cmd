@echo off
rem The dagwright command: see "dagwright --help". Builds what it needs on the first run; launcher.cmd says how.
setlocal
set "MODULE=cli"
set "MAIN=io.dagwright.cli.Main"
"%~dp0launcher.cmd" %*
