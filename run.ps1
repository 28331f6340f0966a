#!/usr/bin/env pwsh
# Builds, tests and runs the project in PowerShell 7; the same verbs as ./run, which is for Linux and macOS.
# GPU publishing and Stryker stay with ./run: they make programs for, or need tools of, Linux.
# Without a param block: PowerShell would take the program's own options, such as -v, for parameters of this script.
$Verb = $args.Count ? [string] $args[0] : 'help'
[string[]] $Rest = $args.Count -gt 1 ? $args[1..($args.Count - 1)] : @()

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
$root = $PSScriptRoot
$calledFrom = $PWD.Path
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'

$usage = @'
usage: ./run.ps1 VERB [arguments]

Only the .NET 10 SDK and PowerShell 7 must be installed; packages are restored by every verb that builds.

  setup                 restore the packages
  build                 compile everything
  test [--culture tr-TR] [FILTER]
                        run every test; FILTER is passed to `dotnet test --filter`
  demo [--corpus DIR --preset v1 --steps N]
                        train a small model from scratch and ask it questions
  spec [PLAN]           judge every requirement on this machine, under a plan (default: configs/toy.yaml)
  fault [PLAN] [--kills N] [--seed S]
                        kill a run of a plan N times, resume it each time, and compare it with an uninterrupted run
  mutate [--only NAME] [--area AREA] [--jobs N] [--resume] [--ci] [--list]
                        mutation testing: plant one bug at a time and report what finds it
  gpu [FILTER]          the GPU suite
  bench NAME            benchmarks (without NAME: the list)
  format                format the sources
  cli ARGUMENTS         the program itself, e.g. ./run.ps1 cli generate --help

demo and cli work in the folder from which they are called, all other verbs in the folder of this script.
'@

# Runs a program and ends this script with its exit code if it fails.
function Invoke-Checked([string] $Program, [string[]] $Arguments) {
    & $Program @Arguments
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
}

function Build([string] $Project) {
    if (-not (Test-Path "$root/artifacts/bin")) {
        [Console]::Error.WriteLine('Building (the first time, packages are downloaded and it takes a minute or two) ...')
    }
    Invoke-Checked dotnet @('msbuild', "$root/$Project", '-restore', '-m', '-p:Configuration=Release', '-nologo', '-v:quiet')
}

function Output([string] $Project, [string] $File) { "$root/artifacts/bin/$Project/release/$File" }

function Program([string[]] $Arguments) {
    $env:TURKISHLLM_COMMAND = $PWD.Path -eq $root ? './run.ps1 cli' : "$root/run.ps1 cli"
    Invoke-Checked dotnet (@(Output Cli turkishllm.dll) + $Arguments)
}

# Prepares the tokenizer and shards that configs/toy.yaml reads.
function ToyData {
    if (Test-Path runs/toy-data/shards) { return }
    Program @('tokenizer', 'train', 'fixtures/text', '--vocabulary', '2048', '--output', 'runs/toy-data/tokenizer')
    Program @('data', 'prepare', 'fixtures/text', '--tokenizer', 'runs/toy-data/tokenizer', '--output', 'runs/toy-data/shards',
        '--validation-share', '0.05')
}

function Test([string] $Target, [string[]] $Arguments) {
    $filter = @()
    for ($i = 0; $i -lt $Arguments.Count; $i++) {
        # .NET takes its culture from the locale on Linux and macOS; on Windows from the user's settings.
        if ($Arguments[$i] -eq '--culture') { $i++; $env:LC_ALL = $Arguments[$i].Replace('-', '_') + '.UTF-8' }
        else { $filter = @('--filter', $Arguments[$i]) }
    }
    if ($IsWindows -and $env:LC_ALL) {
        [Console]::Error.WriteLine('On Windows the culture is that of the user settings; --culture has no effect.')
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
            Invoke-Checked dotnet (@(Output Mutation TurkishLlm.Tools.Mutation.dll) + $Rest)
        }
        'format' { Invoke-Checked dotnet (@('format', 'TurkishLlm.sln') + $Rest) }
        { $_ -in 'help', '-h', '--help' } { Write-Output $usage }
        default  { [Console]::Error.WriteLine("There is no verb `"$Verb`"."); [Console]::Error.WriteLine($usage); exit 2 }
    }
}
finally {
    Pop-Location
}
