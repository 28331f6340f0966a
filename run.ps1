#!/usr/bin/env pwsh
# Builds, tests and runs the project in PowerShell 7, with the commands of ./run, which is for Linux and macOS.
# GPU publishing and Stryker are available in ./run only: they build programs for Linux or need tools of Linux.
# There is no param block, since PowerShell would bind options of the program, such as -v, to this script.
$Verb = $args.Count ? [string] $args[0] : 'help'
[string[]] $Rest = $args.Count -gt 1 ? $args[1..($args.Count - 1)] : @()

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
$root = $PSScriptRoot
$calledFrom = $PWD.Path
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'

$usage = @'
usage: ./run.ps1 COMMAND [arguments]

The .NET 10 SDK and PowerShell 7 are the only prerequisites. Commands that build restore packages and skip the build if no
source has changed.

  setup                 restore packages
  build                 compile everything
  test [--culture tr-TR] [FILTER]
                        run all tests; FILTER is passed to `dotnet test --filter`
  demo [--corpus DIR --preset v1 --steps N]
                        train a small model from scratch and ask it questions
  spec [PLAN]           evaluate all requirements on this machine under a plan (default: configs/toy.yaml)
  fault [PLAN] [--kills N] [--seed S]
                        fault injection: kill a run N times, resume it each time, and compare it with an uninterrupted run
  mutate [--only NAME] [--area AREA] [--jobs N] [--resume] [--ci] [--list]
  mutate --random N [--seed S,...] [--project P,...] [--jobs N] [--resume] [--survivors] [--minutes M] [--again N]
         [--record] [--report]
  mutate --reach [--jobs N]
  mutate --from FILE
                        mutation testing: plant one bug at a time and report what detects it
  gpu [FILTER]          run the GPU suite
  bench NAME            run a benchmark (without NAME: list them)
  pack [DIR]            make the NuGet packages for specifications of other projects (default: artifacts/packages)
  format                format the sources
  api                   list the public members of the NuGet packages in PublicAPI.Unshipped.txt of their projects
  publish [DIR]         publish the program as a self-contained folder that needs no .NET (default: artifacts/turkishllm)
  cli ARGUMENTS         run the program, e.g. ./run.ps1 cli generate --help

demo, cli and publish use the current folder; the other commands use the folder of this script.
'@

# Runs a program and ends this script with its exit code if it fails.
function Invoke-Checked([string] $Program, [string[]] $Arguments) {
    & $Program @Arguments
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
}

# True if the list of sources, with sizes and write times, equals that of the last successful build.
function Test-UpToDate([string] $Stamp, [string] $List) {
    if (-not (Test-Path $Stamp) -or -not (Test-Path "$root/artifacts/bin")) { return $false }
    if ((Get-Content -Raw $Stamp) -ne $List) { return $false }
    $true
}

# Builds a project, unless it is up to date.
function Build([string] $Project) {
    $sources = @('src', 'spec', 'configs', 'fixtures', 'build', 'global.json', 'Directory.*', 'BannedSymbols*')
    if (-not $Project.StartsWith('src/')) { $sources += 'bench', 'tests', 'tools', 'samples', 'docs', 'TurkishLlm.sln' }
    $files = $sources | ForEach-Object { Get-ChildItem "$root/$_" -Recurse -File } | Sort-Object FullName
    $list = ($files | ForEach-Object { "$($_.FullName) $($_.Length) $($_.LastWriteTimeUtc.Ticks)" }) -join "`n"
    $stamp = "$root/artifacts/stamps/$([IO.Path]::GetFileNameWithoutExtension($Project)).txt"
    if (Test-UpToDate $stamp $list) { return }
    $first = -not (Test-Path "$root/artifacts/bin")
    [Console]::Error.WriteLine($first ?
        'Building for the first time; downloading packages (230 MB) and compiling take a few minutes ...' : 'Building ...')
    $verbosity = $first ? 'minimal' : 'quiet'
    Invoke-Checked dotnet @('msbuild', "$root/$Project", '-restore', '-m', '-p:Configuration=Release', '-nologo', "-v:$verbosity")
    New-Item -ItemType Directory -Force "$root/artifacts/stamps" | Out-Null
    Set-Content -NoNewline $stamp $list
}

function Output([string] $Project, [string] $File) { "$root/artifacts/bin/$Project/release/$File" }

function Program([string[]] $Arguments) {
    $env:TURKISHLLM_COMMAND = $PWD.Path -eq $root ? './run.ps1 cli' : "$root/run.ps1 cli"
    Invoke-Checked dotnet (@(Output Cli turkishllm.dll) + $Arguments)
}

# Prepares the tokenizer and shards that configs/toy.yaml reads.
function ToyData {
    if (Test-Path runs/toy-data/shards) { return }
    Program @('tokenizer', 'train', 'fixtures/text', '--vocab-size', '2048', '--output', 'runs/toy-data/tokenizer')
    Program @('data', 'prepare', 'fixtures/text', '--tokenizer', 'runs/toy-data/tokenizer', '--output', 'runs/toy-data/shards',
        '--validation-share', '0.05')
}

function Test([string] $Target, [string[]] $Arguments) {
    $filter = @()
    for ($i = 0; $i -lt $Arguments.Count; $i++) {
        # .NET takes its culture from the locale on Linux and macOS, and from the user settings on Windows.
        if ($Arguments[$i] -eq '--culture') { $i++; $env:LC_ALL = $Arguments[$i].Replace('-', '_') + '.UTF-8' }
        else { $filter = @('--filter', $Arguments[$i]) }
    }
    if ($IsWindows -and $env:LC_ALL) {
        [Console]::Error.WriteLine('--culture has no effect on Windows, where the culture is a user setting.')
    }
    $console = @('--nologo', '--logger', 'console;verbosity=minimal')
    Invoke-Checked dotnet (@('test', $Target, '-c', 'Release', '--no-build') + $console + $filter)
}

if (-not (Get-Command dotnet -ErrorAction Ignore)) {
    [Console]::Error.WriteLine('The .NET 10 SDK is missing. Install it from https://dot.net and run this again.'); exit 2
}
Push-Location $root
try {
    switch ($Verb) {
        'setup'  {
            Invoke-Checked dotnet @('restore', 'TurkishLlm.sln', '-v:quiet')
            Write-Output "ready    .NET SDK $(dotnet --version), packages restored"
        }
        'build'  { Build TurkishLlm.sln }
        'test'   { Build TurkishLlm.sln; Test TurkishLlm.sln $Rest }
        'gpu'    { Build tests/Gpu/Gpu.csproj; Test tests/Gpu/Gpu.csproj $Rest }
        'demo'   { Build src/Cli/Cli.csproj; Set-Location $calledFrom; Program (@('demo') + $Rest) }
        'cli'    { Build src/Cli/Cli.csproj; Set-Location $calledFrom; Program $Rest }
        'spec'   { Build src/Cli/Cli.csproj; ToyData; Program (@('spec', 'run') + ($Rest.Count ? $Rest : @('configs/toy.yaml'))) }
        'bench'  { Build bench/Bench.csproj; Invoke-Checked dotnet (@(Output Bench TurkishLlm.Bench.dll) + $Rest) }
        'fault'  {
            Build src/Cli/Cli.csproj; Build tools/FaultInjection/FaultInjection.csproj
            if ($Rest.Count -eq 0 -or $Rest[0].StartsWith('--')) { $Rest = @('configs/toy.yaml') + $Rest; ToyData }
            Invoke-Checked dotnet (@((Output FaultInjection TurkishLlm.Tools.FaultInjection.dll), (Output Cli turkishllm.dll)) + $Rest)
        }
        'mutate' {
            Build tests/Unit/Unit.csproj
            if ($Rest | Where-Object { $_ -in '--random', '--from', '--again', '--reach' }) {      # they run all tests
                Build tests/Property/Property.csproj; Build tests/Golden/Golden.csproj
            }
            Invoke-Checked dotnet (@(Output Mutation TurkishLlm.Tools.Mutation.dll) + $Rest)
        }
        'publish' {
            $folder = [IO.Path]::GetFullPath($Rest.Count ? $Rest[0] : "$root/artifacts/turkishllm", $calledFrom)
            $system = $IsMacOS ? 'osx-arm64' : $IsWindows ? 'win-x64' : 'linux-x64'
            Invoke-Checked dotnet @('publish', 'src/Cli/Cli.csproj', '-c', 'Release', '-r', $system, '--self-contained',
                '-o', $folder, '-v:quiet',
                "-p:ArtifactsPath=$root/artifacts/published", '-p:DebugType=none', '-p:GenerateDocumentationFile=false')
            Write-Output "$folder. Add it to PATH."
        }
        'format' { Invoke-Checked dotnet (@('format', 'TurkishLlm.sln') + $Rest) }
        'pack' {
            $folder = [IO.Path]::GetFullPath($Rest.Count ? $Rest[0] : "$root/artifacts/packages", $calledFrom)
            foreach ($project in 'spec/Kernel/Kernel', 'spec/LanguageModels/LanguageModels', 'spec/Xunit/Xunit',
                'templates/Templates') {
                Invoke-Checked dotnet @('pack', "$project.csproj", '-c', 'Release', '-o', $folder, '-v', 'quiet')
            }
            Write-Output $folder
        }
        'api' {
            foreach ($project in 'Kernel', 'LanguageModels', 'Xunit') {
                Set-Content "spec/$project/PublicAPI.Unshipped.txt" '#nullable enable'
                Invoke-Checked dotnet (@('format', 'analyzers', "spec/$project/$project.csproj", '--diagnostics', 'RS0016') + $Rest)
            }
        }
        { $_ -in 'help', '-h', '--help' } { Write-Output $usage }
        default  { [Console]::Error.WriteLine("Unknown command: $Verb"); [Console]::Error.WriteLine($usage); exit 2 }
    }
}
finally {
    Pop-Location
}
