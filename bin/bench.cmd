@echo off
rem Runs benchmarks: see "bench --help". Builds what it needs on the first run; launcher.cmd says how.
setlocal
set "MODULE=bench"
set "MAIN=io.dagwright.bench.Main"
"%~dp0launcher.cmd" %*
