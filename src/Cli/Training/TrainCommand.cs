using System.CommandLine;
using System.Reflection;
using TurkishLlm.Cli.Forecasts;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Runs;
using TurkishLlm.Cli.Specification;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Monitoring;
using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Cli.Training;

/// <summary><c>turkishllm train PLAN</c></summary>
internal static class TrainCommand
{
    public static Command Create(Display display)
    {
        var file = new Argument<string>("plan") { Description = "Training plan: a YAML file such as configs/v1-r1.yaml." };
        var set = new Option<string[]>("--set") { Description = PlanFile.SetDescription };
        var resume = new Option<string>("--resume")
        {
            Description = "Resume the run: auto (its newest checkpoint, otherwise a new run) or a checkpoint folder.",
        };
        var initFrom = new Option<string>("--init-from")
        {
            Description = "Start a new run with the weights of a run, checkpoint or model folder, and with a new optimizer and "
                + "schedule. "
                + "Same as warm_start: in the plan.",
        };
        var findRate = new Option<bool>("--find-lr")
        {
            Description = "Instead of the run, take up to 120 throw-away steps with a rising learning rate, and suggest one; "
                + "the run folder is not touched.",
        };
        var page = HtmlFile.CreateOption("With --find-lr: write its curve and table to this HTML file as well.");
        var timeout = new Option<int>("--distributed-timeout")
        {
            Description = "Distributed timeout, in seconds.", DefaultValueFactory = _ => 600,
        };
        var json = new Option<bool>("--json")
        {
            Description = "With --help-plan: print a JSON Schema for editors. With --dry-run: print the forecast as JSON.",
        };
        var dryRun = new Option<bool>("--dry-run")
        {
            Description = "Print what the run will take (tokens, time, memory, disk, cost) and exit. Takes no step of the run.",
        };
        var helpPlan = new Option<bool>("--help-plan")
        {
            Description = "Print all keys of a plan with type, range, unit and default, and exit.",
            Action = new PlanHelpAction(parsed => parsed.GetValue(json) ? PlanReference.ToJsonSchema() : PlanReference.ToHelp()),
        };
        var (machine, forecast) = (new MachineOptions(), new ForecastOptions());
        var command = new Command(
            "train", "Open the gate for a plan, then pretrain, fine-tune, preference-train or learn from rewards as it says.")
        {
            file, set, resume, initFrom, findRate, page, timeout, dryRun, helpPlan, json,
        };
        machine.AddTo(command);
        forecast.AddTo(command);
        command.Validators.Add(parsed =>
        {
            if (parsed.GetResult(resume) is not null && parsed.GetResult(initFrom) is not null)
                parsed.AddError("--resume and --init-from cannot be combined: one continues a run, the other starts a new one.");
            if (parsed.GetValue(findRate) && parsed.GetResult(resume) is not null)
                parsed.AddError(
                    "--resume and --find-lr cannot be combined: a range test starts from initial weights. To test a trained "
                        + "model, give its checkpoint to --init-from.");
            if (parsed.GetValue(page) is not null && !parsed.GetValue(findRate))
                parsed.AddError("--html is only for --find-lr. A run writes report.html to its folder.");
            if (parsed.GetValue(findRate) && parsed.GetValue(dryRun))
                parsed.AddError("--dry-run and --find-lr cannot be combined: one takes no step, the other up to 120.");
            if (parsed.GetValue(json) && !parsed.GetValue(helpPlan) && !parsed.GetValue(dryRun))
                parsed.AddError("--json is only for --help-plan and --dry-run.");
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var plan = PlanFile.Load(parsed.GetRequiredValue(file), parsed.GetValue(set) ?? []);
            if (parsed.GetValue(initFrom) is { } weights)
                plan = plan with { WarmStart = new WarmStartPlan(Path.GetFullPath(weights)) };
            if (parsed.GetValue(findRate))
                return Task.FromResult((int)FindLearningRate(
                    display, plan, Format.ShellQuote(parsed.GetRequiredValue(file)), parsed.GetValue(page), cancellationToken));
            var from = parsed.GetValue(resume);
            if (parsed.GetValue(dryRun))
            {
                WriteForecast(
                    display, plan, forecast.Read(parsed, machine.Read(parsed)), from is not null, parsed.GetValue(json));
                return Task.FromResult((int)ExitCode.Success);
            }
            var checkpoint = from == "auto" ? null : from;
            return Task.FromResult((int)Run(
                display, plan, Format.ShellQuote(parsed.GetRequiredValue(file)), from is not null, checkpoint,
                parsed.GetValue(timeout), machine.Read(parsed), cancellationToken));
        });
        return command;
    }

    private static ExitCode FindLearningRate(
        Display display, TrainingPlan plan, string planFile, string? page, CancellationToken cancellationToken)
    {
        var context = DistributedContext.FromEnvironment(Environment.GetEnvironmentVariable);
        return context.WorldSize == 1
            ? LearningRateFinder.Run(
                display, plan, page, tested => OpenGate(display, tested, planFile, context, cancellationToken), cancellationToken)
            : throw new ConfigurationException(
                Format.Invariant($"--find-lr takes its steps in one process, but this is one of {context.WorldSize}. ")
                    + $"Use: {display.Program} train {planFile} --find-lr");
    }

    private static void WriteForecast(
        Display display, TrainingPlan plan, ForecastSettings settings, bool resumes, bool json)
    {
        StepForecast[] steps = [StepForecast.ForTraining(plan.Name, plan, settings, "runs", resumes)];
        if (json) JsonOutput.Write(display.Output, ForecastTable.ToJson(steps, settings.Machine));
        else ForecastTable.Write(display, steps, settings.Machine);
    }

    // As a single process, or as one rank of several if the environment variables of torchrun or mpirun are set.
    private static ExitCode Run(
        Display display, TrainingPlan plan, string planFile, bool resume, string? from, int timeout, MachineSettings machine,
        CancellationToken cancellationToken)
    {
        if (timeout < 1) throw new ConfigurationException($"--distributed-timeout is {timeout}; it must be at least 1 (second).");
        var context = DistributedContext.FromEnvironment(Environment.GetEnvironmentVariable);
        if (context.WorldSize == 1)
            return Run(display, plan, resume, cancellationToken, from, machine: machine, planFile: planFile);

        _ = RankShard.Create(plan.Training, context.Rank, context.WorldSize);
        plan = context.AssignDevice(plan);
        using var group = ProcessGroup.Connect(context, TrainingDevice.Resolve(plan.Device), TimeSpan.FromSeconds(timeout));
        return Run(
            context.Rank == 0 ? display : new Display(TextWriter.Null, display.Program), plan, resume, cancellationToken, from,
            group, machine, planFile);
    }

    /// <summary>Opens the gate and trains until the plan is done or a signal arrives.</summary>
    public static ExitCode Run(
        Display display,
        TrainingPlan plan, bool resume, CancellationToken cancellationToken,
        string? from = null,
        IProcessGroup? group = null,
        MachineSettings? machine = null,
        string? planFile = null)
    {
        plan = ITrainingData.ResolveSteps(plan);
        group ??= SingleProcessGroup.Instance;
        var context = group.Context;
        var reached = AllRanks.Run(group, () => Preflight.Run(plan, resume, from, writes: context.Rank == 0));
        RankConsistency.RequireSameRun(
            group, plan,
            $"{typeof(TrainCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion}, "
                + $"specification {SpecDocument.Digest()}");
        // All ranks resume from the checkpoint of rank 0, which may move damaged checkpoints aside while the others search.
        reached = group.AllReduceSum(context.Rank == 0 ? reached ?? -1 : 0) is >= 0 and var step ? step : null;
        if (context.Rank > 0 && reached is not null) from ??= RunFolder.ForPlan(plan).CheckpointFolder(reached.Value);
        if (reached >= plan.Training.Steps)
        {
            CompletedRun.Write(display, plan, reached.Value);
            return JudgeQuality(display, plan, RunFolder.ForPlan(plan), group);
        }

        display.WriteHeading("Gate");
        var clearance = AllRanks.Run(group, () =>
        {
            using var notice = context.Rank == 0 ? GateNotice.Show(plan.RunFolder) : null;
            return OpenGate(display, plan, planFile, context, cancellationToken);
        });

        display.WriteHeading($"{DescribeObjective(plan)} {plan.Name}");
        using var run = AllRanks.Run(group, () =>
            TrainingRun.Open(clearance, resume, from, new RunEnvironment { ProcessGroup = group }));
        foreach (var change in run.Folder.PlanChanges) display.WriteLine($"Changed since the start of the run: {change}");
        foreach (var note in run.DataNotes) display.WriteWarning(Format.RelativePaths(note));
        var attention = FusedOperators.DescribeAttention(run.Model.Device, plan.ComputeType == ComputeType.BFloat16);
        display.WriteLine(
            Format.Invariant($"{Format.Count(run.Model.Parameters.ElementCount)} parameters on {run.Model.Device}, ")
                + Format.Invariant($"{plan.ComputeType.ToString().ToLowerInvariant()}, {attention}; ")
                + $"{Format.Count(plan.Training.Steps, "step")} of {DescribeStepSize(plan)}");
        if (plan.WarmStart is { } start && run.CurrentStep == start.Step) WriteStart(display, start);
        if (plan.Lora is { } lora)
            display.WriteLine(
                Format.Invariant($"LoRA adapter of rank {lora.Rank}: ")
                    + $"{Format.Count(run.Model.TrainableParameters.ElementCount, "parameter")} "
                    + $"on {string.Join(", ", lora.Targets).ToLowerInvariant()}");
        if (RankShard.Create(plan.Training, context.Rank, context.WorldSize) is var share && context.WorldSize > 1)
            display.WriteLine(
                Format.Invariant($"{context.WorldSize} processes of {Format.Count(context.GetThreadCount(plan), "thread")}; ")
                    + Format.Invariant($"each trains on {share.MicroBatchCount} × {share.MicroBatchSize} ")
                    + Format.Invariant($"of the {context.WorldSize * share.Rows} sequences per step"));
        var command = context.WorldSize > 1 ? Format.Invariant($"launch -n {context.WorldSize}") : "train";
        var resumeCommand = $"{display.Program} {command} {Format.ShellQuote(run.Folder.PlanFile)} --resume auto";
        var runs = Path.GetDirectoryName(Path.GetFullPath(Path.TrimEndingDirectorySeparator(run.Folder.FullPath)))!;
        display.WriteLine($"Watch it in a browser: {display.Program} runs serve {Format.ShellQuote(runs)}");
        var progress = RunSummary.WriteStart(display, run, plan, machine ?? new(), context);
        var finished = display.RunLive(show =>
            Train(run, new StepDisplay(display, plan, progress, run.CurrentStep, show), resumeCommand, cancellationToken));

        if (context.Rank == 0) WriteEpochs(display, EpochMetrics.FromSteps([.. MetricsLog.Read(run.Folder.MetricsFile)]));
        if (context.Rank == 0) RunSummary.WriteEnd(display, RunRecord.Read(run.Folder));
        if (run.Best is { } best && run.Folder.CheckpointFolder(best.Step) is var folder && Directory.Exists(folder))
            display.WriteLine(
                Format.Invariant($"Best:       {Format.RelativePaths(folder)}, {DescribeBest(plan, best)}")
                    + $"{(best.Step == run.CurrentStep ? "" : "; other commands use it by default (last: --checkpoint last)")}");
        display.WriteLine($"Run folder: {Format.RelativePaths(run.Folder.FullPath)}");
        display.WriteLine($"Report:     {Format.RelativePaths(run.Folder.ReportFile)}");
        if (finished) return JudgeQuality(display, plan, run.Folder, group);
        display.WriteLine(
            "Interrupted; a checkpoint is saved. "
                + ResumeAdvice.Get(run.Folder, plan, progress.Divergence, $"{display.Program} {command}"));
        return ExitCode.Interrupted;
    }

    // A run folder as the start means its last checkpoint, also if an earlier one has a lower validation loss.
    private static void WriteStart(Display display, WarmStartPlan start)
    {
        var chosen = CheckpointChoice.TrySplit(start.Checkpoint);
        var run = chosen?.Run
            ?? (File.Exists(Path.Combine(start.Checkpoint, "plan.yaml")) ? RunFolder.OpenExisting(start.Checkpoint) : null);
        var selected = run is null ? null : SelectedCheckpoint.Select(run, chosen?.Choice ?? CheckpointChoice.Last);
        if (selected is null) return;
        var name = Format.RelativePaths(run!.FullPath);
        var other = Path.GetFullPath(selected.Folder)
            == Path.GetFullPath(SelectedCheckpoint.Select(run, CheckpointChoice.Best)!.Folder) || chosen is not null
            ? "" : $". Its best checkpoint: --init-from {Format.ShellQuote(name + "/best")}";
        display.WriteLine(Format.Invariant($"Initial weights: {name}, step {selected.Step:N0}{other}"));
    }

    // Rank 0 has the metrics.
    private static ExitCode JudgeQuality(Display display, TrainingPlan plan, RunFolder folder, IProcessGroup group) =>
        (ExitCode)group.AllReduceSum(group.Context.Rank == 0 ? (long)RunQuality.Judge(display, plan, folder) : 0);

    private static string DescribeBest(TrainingPlan plan, BestStep best)
    {
        var metric = CheckpointMetric.FromPlan(plan);
        return metric == CheckpointMetric.Loss ? Format.Invariant($"validation {best.Value:F4}")
            : $"{metric.Title} {metric.Format(best.Value)}";
    }

    private static string DescribeObjective(TrainingPlan plan) =>
        plan.Preference is not null ? "Preference training"
        : plan.Grpo is not null ? "Training by rewards"
        : plan.Sft is not null ? "Fine-tuning"
        : "Pretraining";

    private static string DescribeStepSize(TrainingPlan plan) =>
        plan.RowName is { } row ? Format.Count(plan.Training.RowsPerStep, row)
        : $"{Format.Count(plan.Training.TokensPerStep)} tokens";

    private static void WriteEpochs(Display display, IReadOnlyList<EpochMetrics> epochs)
    {
        if (epochs.Count == 0) return;
        display.WriteTable(["epoch", "training", "validation", "", "text", "time"], epochs.Select(epoch => (IReadOnlyList<string>)
            [
                epoch.Epoch == 0 ? "before" : Format.Count(epoch.Epoch), Loss(epoch.TrainingLoss), Loss(epoch.ValidationLoss),
                epoch.IsBest ? "best" : "", Loss(epoch.TextLoss), Format.Duration(epoch.Seconds),
            ]));
        if (
            epochs[0] is { Epoch: 0, ValidationLoss: { } before }
            && epochs.Skip(1).Min(epoch => epoch.ValidationLoss) is { } best)
            display.WriteLine(best < before
                ? Format.Invariant($"Validation loss {before:F2} → {best:F2}, {100 * (before - best) / before:F1} % lower.")
                : Format.Invariant($"The validation loss never fell below its initial value of {before:F2}: ")
                    + "the model does not generalize to the held-out examples.");

        static string Loss(double? loss) => loss is { } value ? Format.Invariant($"{value:F3}") : "–";
    }

    // A full disk is an error that the user can fix; checkpoints saved earlier are complete.
    private static bool Train(TrainingRun run, IRunObserver observer, string resumeCommand, CancellationToken cancellationToken)
    {
        try
        {
            return run.Train(observer, cancellationToken);
        }
        catch (IOException error)
        {
            throw new IOException(
                $"{error.Message.TrimEnd()} Earlier checkpoints are complete. Free disk space and resume with: "
                    + $"{resumeCommand}",
                error);
        }
        catch (LostRankException error)
        {
            var saved = run.Folder.LatestCheckpointStep() is { } step ? Format.Invariant($" Step {step} is saved.") : "";
            throw new RankStoppedException(ExitCode.Failed, $"{error.Message}{saved} Resume with: {resumeCommand}");
        }
    }

    /// <summary>Runs the gate and prints the result.</summary>
    private static Clearance OpenGate(
        Display display, TrainingPlan plan, string? planFile, DistributedContext context, CancellationToken cancellationToken)
    {
        var clearance = display.RunWithProgress("Specification", reportProgress =>
        {
            var (done, all) = (0, RequirementCatalog.All.Count);
            try
            {
                return PlanGate.Clear(
                    plan,
                    new SynchronousProgress<Judgment>(j =>
                        reportProgress((double)(done += j.IsLast ? 1 : 0) / all, j.Requirement.Id)),
                    context,
                    new SynchronousProgress<double>(read => reportProgress(0, Format.Invariant($"data, {read:P0} verified"))),
                    cancellationToken);
            }
            catch (PlanGateClosedException closed)
            {
                throw new PlanGateClosedException(closed.Report, GateAdvice.DescribeNextSteps(closed.Report, planFile));
            }
        });
        // Free the few hundred megabytes that the oracles of the gate have allocated.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        display.WriteSuccess(
            $"open: {Format.Count(clearance.RequirementCount, "requirement holds", "requirements hold")} on "
                + $"{TrainingDevice.Resolve(plan.Device)}, with "
                + "this configuration, tokenizer and data");
        if (clearance.Data is { } data) display.WriteLine(GateText.DescribeData(data));
        return clearance;
    }
}
