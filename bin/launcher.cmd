@echo off
rem Run by the commands beside it, which set MODULE and MAIN. Builds the module with Maven when there is no
rem build of it, or when DAGWRIGHT_REBUILD is set; unlike launcher.sh it does not look for changed sources.
rem
rem JAVA_HOME               the Java to use; otherwise the java on the PATH
rem DAGWRIGHT_JAVA_OPTIONS  more options for it, separated by blanks
rem DAGWRIGHT_REBUILD       set to anything to build anew
setlocal
for %%I in ("%~dp0..") do set "ROOT=%%~fI"

set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java.exe"

set "FEATURE=0"
for /f "tokens=3" %%V in ('call "%JAVA%" -version 2^>^&1 ^| findstr /c:" version "') do (
  for /f "tokens=1 delims=.-+" %%F in ("%%~V") do set "FEATURE=%%F"
)
if %FEATURE% GEQ 17 goto find
echo Dagwright needs Java 17 or newer. Install a JDK, or set JAVA_HOME to one. 1>&2
exit /b 1

:find
set "TARGET=%ROOT%\%MODULE%\target\quick"
if defined DAGWRIGHT_REBUILD goto build
if exist "%TARGET%\dagwright-%MODULE%.jar" goto run
set "TARGET=%ROOT%\%MODULE%\target"
if exist "%TARGET%\dagwright-%MODULE%.jar" goto run
set "TARGET=%ROOT%\%MODULE%\target\quick"

:build
where mvn >nul 2>nul
if not errorlevel 1 goto maven
echo Dagwright has to be built first, and there is no Maven. Install Maven 3.8 or newer and try again. 1>&2
exit /b 1

:maven
echo Building Dagwright; the first time also downloads its libraries ... 1>&2
pushd "%ROOT%"
call mvn -B -q -Pquick "-Dmaven.test.skip=true" -pl "%MODULE%" -am package 1>&2
set "RESULT=%ERRORLEVEL%"
popd
if not "%RESULT%"=="0" exit /b %RESULT%

:run
set "OPTIONS="
if %FEATURE% GEQ 24 set "OPTIONS=--sun-misc-unsafe-memory-access=allow"
if not "%~1"=="worker" goto start
rem With --processes it only watches its workers, which have JVMs of their own.
echo %* | findstr /c:"--processes" >nul
if not errorlevel 1 set "OPTIONS=%OPTIONS% -Xmx32m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"

:start
"%JAVA%" %OPTIONS% %DAGWRIGHT_JAVA_OPTIONS% -cp "%TARGET%\dagwright-%MODULE%.jar" %MAIN% %*
exit /b %ERRORLEVEL%
