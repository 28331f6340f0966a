using TurkishLlm.Cli.Forecasts;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Plans.Chains;
using TurkishLlm.Runs.Chains;

namespace TurkishLlm.Cli.Pipeline;

/// <summary>Runs a chain in the working directory.</summary>
internal sealed class ChainPipeline
{
    private readonly Display _display;
    private readonly TextWriter _errors;
    private readonly string _file, _directory = Directory.GetCurrentDirectory();
    private readonly ChainPlan _chain;
    private readonly ChainFiles _files;
    private readonly StepRecords _records;
    private readonly ContentDigests _digests;
    private readonly ChainRunner _runner;
    private readonly ForecastSettings _settings;

    /// <exception cref="ConfigurationException">The chain, a plan of it, or an option of a step is invalid.</exception>
    public ChainPipeline(
        Display display, string file, IEnumerable<string> overrides, ForecastSettings settings, TextWriter errors)
    {
        (_display, _file, _settings, _errors) = (display, file, settings, errors);
        _chain = ChainPlan.Load(file, overrides);
        _files = ChainFiles.Resolve(_chain, file, _directory);
        var folder = Path.GetFullPath(_chain.Records, _directory);
        _records = new(folder);
        _digests = new(_records.DigestsFile);
        _runner = new(_directory, _records, _digests);
        if (FindUsageProblems().ToArray() is { Length: > 0 } problems)
            throw new ConfigurationException(string.Join(Environment.NewLine, problems));
    }

    /// <summary>Prints which steps will run and what they will take.</summary>
    public Task<int> ForecastAsync(StepSelection selection, bool json, CancellationToken cancellationToken)
    {
        var steps = Judge(selection, cancellationToken);
        if (json)
        {
            JsonOutput.Write(_display.Output, new
            {
                Chain = _chain.Name,
                Steps = steps.Select(step => new { step.Step.Step.Name, step.Step.Step.Action.Verb, step.Runs, step.Reason }),
                Forecast = ForecastTable.ToJson(Compute(steps), _settings.Machine),
            });
            return Task.FromResult((int)ExitCode.Success);
        }
        WriteForecast(steps);
        foreach (var missing in FindMissing(steps)) _display.WriteWarning(missing);
        return Task.FromResult((int)ExitCode.Success);
    }

    /// <summary>Records existing outputs as complete.</summary>
    public Task<int> AdoptAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        using var locked = _records.Lock(_chain.Name);
        foreach (var step in names.Select(name => StepSelection.Find(_files, name)))
        {
            _runner.Adopt(CreateJob(step), cancellationToken);
            _display.WriteSuccess($"{step.Step.Name}: {string.Join(", ", step.Files.Outputs)} is recorded as complete.");
        }
        return Task.FromResult((int)ExitCode.Success);
    }

    /// <summary>Runs the steps that are not up to date, until one fails.</summary>
    /// <returns>The exit code of the step that failed, otherwise 0.</returns>
    public async Task<int> RunAsync(StepSelection selection, CancellationToken cancellationToken)
    {
        using var locked = _records.Lock(_chain.Name);
        var steps = Judge(selection, cancellationToken);
        var missing = FindMissing(steps).ToArray();
        if (missing.Length > 0) throw new ConfigurationException(string.Join(Environment.NewLine, missing));
        WriteForecast(steps);
        foreach (var (step, i) in steps.Select((step, i) => (step.Step, i + 1)))
        {
            var heading = Format.Invariant($"Step {i} of {steps.Count}: {step.Step.Name}");
            var code = await _runner.RunAsync(
                CreateJob(step), selection.Force, (status, aside) => WriteStart(heading, status, aside), cancellationToken);
            if (code == (int)ExitCode.Success) continue;
            await _errors.WriteLineAsync(
                Format.Invariant($"The chain {_chain.Name} stopped at the step {step.Step.Name} (exit code {code}). ")
                    + $"To resume there: {_display.Program} pipeline {Format.ShellQuote(_file)}");
            return code;
        }
        _display.WriteLine();
        _display.WriteSuccess($"The chain {_chain.Name} is complete.");
        return (int)ExitCode.Success;
    }

    private void WriteStart(string heading, StepStatus status, IReadOnlyList<string> aside)
    {
        if (status.IsUpToDate) return;
        _display.WriteLine();
        _display.WriteHeading($"{heading} ({Shorten(status.Reasons)})");
        foreach (var name in aside) _display.WriteLine($"The earlier output is kept as {Format.RelativePaths(name)}");
    }

    private static string Shorten(IReadOnlyList<string> reasons) =>
        string.Join("; ", reasons.Take(3)) + (reasons.Count > 3 ? "; …" : "");

    // A step after one that runs is judged again when its turn comes: its inputs may be the same as before.
    private List<JudgedStep> Judge(StepSelection selection, CancellationToken cancellationToken)
    {
        List<JudgedStep> judged = [];
        foreach (var step in selection.Select(_files))
        {
            var status = _runner.Judge(CreateJob(step), cancellationToken);
            var writer = step.Files.InputPaths.Select(_files.FindWriter).OfType<ResolvedStep>()
                .FirstOrDefault(writer => judged.Any(other => other.Step == writer && other.Runs));
            judged.Add(new(
                step, status,
                selection.Force || !status.IsUpToDate || writer is not null,
                !status.IsUpToDate ? Shorten(status.Reasons)
                    : selection.Force ? "forced"
                    : writer is not null ? $"after {writer.Step.Name}, if that changes" : "up to date"));
        }
        _digests.Save();
        return judged;
    }

    private IEnumerable<string> FindMissing(IReadOnlyList<JudgedStep> steps) =>
        from step in steps
        where step.Runs
        from input in step.Step.Files.Inputs
        from path in input.Paths
        where !Path.Exists(_files.Find(path)) && ContentIsMissing(path)
        let writer = _files.FindWriter(path)
        where writer is null || steps.All(other => other.Step != writer || !other.Runs)
        select writer is null
            ? $"{path} does not exist; the step {step.Step.Step.Name} reads it ({input.Key})."
            : $"{path} does not exist; the step {step.Step.Step.Name} reads it ({input.Key}), and the step {writer.Step.Name}, "
                + $"which writes {writer.Files.Outputs[0]}, does not run now.";

    private bool ContentIsMissing(string path) =>
        _digests.Compute(_files.Find(path), CancellationToken.None) == ContentDigests.Missing;

    private void WriteForecast(IReadOnlyList<JudgedStep> steps)
    {
        _display.WriteTable(
            ["step", "command", "state"],
            steps.Select(step => (IReadOnlyList<string>)
                [step.Step.Step.Name, step.Step.Step.Action.Verb, step.Reason]));
        if (Compute(steps) is { Count: > 0 } forecasts)
        {
            _display.WriteLine();
            ForecastTable.Write(_display, forecasts, _settings.Machine);
        }
    }

    private List<StepForecast> Compute(IReadOnlyList<JudgedStep> steps)
    {
        var forecast = new ChainForecast(_files, _records, _settings);
        return [.. steps.Where(step => step.Runs).Select(step => forecast.Compute(step.Step, step.Status))];
    }

    private ChainJob CreateJob(ResolvedStep step)
    {
        var action = step.Step.Action;
        return new(
            step.Step.Name, action.Verb, [.. step.Files.InputPaths], step.Files.Outputs, step.Files.Options,
            cancellationToken => RunCommandsAsync(step, cancellationToken))
        {
            Format = action.FormatVersion,
            ResumesOutput = action.ResumesOutput,
            UpdatesOutput = action.UpdatesOutput,
            Find = _files.Find,
        };
    }

    private async Task<int> RunCommandsAsync(ResolvedStep step, CancellationToken cancellationToken)
    {
        foreach (var arguments in StepCommands.Create(step, _files, GetMachineArguments()))
        {
            _display.WriteLine($"{_display.Program} {string.Join(' ', arguments.Select(Format.ShellQuote))}");
            var code = await CommandLine.RunAsync(
                arguments, _display.Output, _errors, _display.Program, cancellationToken: cancellationToken);
            if (code != (int)ExitCode.Success) return code;
        }
        return (int)ExitCode.Success;
    }

    // Found before the first step: a later one may begin hours afterwards.
    private IEnumerable<string> FindUsageProblems() =>
        from step in _files.Steps
        from arguments in StepCommands.Create(step, _files, GetMachineArguments())
        let parsed = CommandLine.Create(_display).Parse(arguments)
        let command = string.Join(' ', UsageProblems.GetCommandPath(parsed.CommandResult.Command))
        from problem in UsageProblems.Find(parsed)
        select $"{_file}: the step {step.Step.Name} cannot run {command}: {problem}";

    private IReadOnlyList<string> GetMachineArguments()
    {
        var (rate, currency, peak) = _settings.Machine;
        return
        [
            .. rate is { } price ? ["--hourly-rate", Format.Invariant($"{price}")] : (string[])[],
            .. currency.Length > 0 ? ["--currency", currency] : (string[])[],
            .. peak is { } teraflops ? ["--peak-tflops", Format.Invariant($"{teraflops}")] : (string[])[],
        ];
    }

    /// <summary>A step and whether it is expected to run.</summary>
    private sealed record JudgedStep(ResolvedStep Step, StepStatus Status, bool Runs, string Reason);
}
