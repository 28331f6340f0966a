using System.CommandLine;
using System.Reflection;
using TurkishLlm.Model;
using TurkishLlm.Spec;
using TurkishLlm.Kernels;
using TurkishLlm.Training;

namespace TurkishLlm.Cli.Commands;

/// <summary><c>turkishllm train PLAN</c></summary>
internal static class TrainCommand
{
    public static Command Create(Display display)
    {
        var file = new Argument<string>("plan") { Description = "What to train: a YAML file such as configs/v1-r1.yaml." };
        var set = new Option<string[]>("--set") { Description = "Changes a value of the plan: --set training.steps=100. May be given several times." };
        var resume = new Option<string>("--resume") { Description = "auto: go on from the newest checkpoint of the run folder, or begin where there is none. The folder of a checkpoint: go on from that one." };
        var initFrom = new Option<string>("--init-from") { Description = "Begin with the weights of a checkpoint, of a run's newest one, or of a folder with model.safetensors and config.json; schedule and optimizer are fresh. Short for start: in the plan." };
        var timeout = new Option<int>("--timeout") { Description = "Of several processes: seconds that one waits for the others as long as all of them live.", DefaultValueFactory = _ => 600 };
        var machine = new MachineOptions();
        var command = new Command("train", "Judges the specification under the plan, then trains. Example: turkishllm train configs/toy.yaml --set seed=7") { file, set, resume, initFrom, timeout };
        machine.AddTo(command);
        command.Validators.Add(parsed =>
        {
            if (parsed.GetResult(resume) is not null && parsed.GetResult(initFrom) is not null)
                parsed.AddError("--resume goes on with a run and --init-from begins a new one: give one of them.");
        });
        command.SetAction((parsed, cancel) =>
        {
            var plan = PlanFile.Load(parsed.GetRequiredValue(file), parsed.GetValue(set) ?? []);
            if (parsed.GetValue(initFrom) is { } weights) plan = plan with { Start = new StartPlan(Path.GetFullPath(weights)) };
            var from = parsed.GetValue(resume);
            return Task.FromResult((int)Run(display, plan, from is not null, from == "auto" ? null : from, parsed.GetValue(timeout), machine.Read(parsed), cancel));
        });
        return command;
    }

    // Alone, or as one of several processes where the environment says so.
    private static ExitCode Run(Display display, TrainingPlan plan, bool resume, string? from, int timeout, MachineFacts told, CancellationToken cancel)
    {
        if (timeout < 1) throw new ConfigurationException($"--timeout is {timeout}; it must be at least 1 second.");
        var context = DistributedContext.FromEnvironment(Environment.GetEnvironmentVariable);
        if (context.Size == 1) return Run(display, plan, resume, cancel, from, told: told);

        _ = RankShard.Of(plan.Training, context.Rank, context.Size);
        plan = context.Place(plan);
        using var group = ProcessGroup.Connect(context, TrainingDevice.Resolve(plan.Device), TimeSpan.FromSeconds(timeout));
        return Run(context.Rank == 0 ? display : new Display(TextWriter.Null, display.Program), plan, resume, cancel, from, group, told);
    }

    /// <summary>Opens the gate and trains to the end of a plan, or to the first signal.</summary>
    public static ExitCode Run(Display display, TrainingPlan plan, bool resume, CancellationToken cancel, string? from = null, IProcessGroup? group = null, MachineFacts? told = null)
    {
        plan = ITrainingData.Settle(plan);
        group ??= SingleProcessGroup.Instance;
        var context = group.Context;
        var reached = AllRanks.Run(group, () => Preflight.Run(plan, resume, from, writes: context.Rank == 0));
        RankConsistency.RequireSameRun(group, plan, $"{typeof(TrainCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion}, specification {SpecDocument.Digest()}");
        // Where rank 0 goes on, all do: it may set checkpoints aside while the others look for theirs.
        reached = group.Sum(context.Rank == 0 ? reached ?? -1 : 0) is >= 0 and var step ? step : null;
        if (context.Rank > 0 && reached is not null) from ??= RunFolder.Of(plan).CheckpointFolder(reached.Value);
        if (reached >= plan.Training.Steps)
        {
            display.Good(Show.Text($"The run has reached step {reached} of {plan.Training.Steps}: there is nothing left to do."));
            var longer = plan.Training.Epochs is { } epochs ? Show.Text($"training.epochs={2 * epochs}") : Show.Text($"training.steps={2 * plan.Training.Steps}");
            display.Line($"Train longer with: {display.Program} train {Show.Word(Path.Combine(plan.RunFolder, "plan.yaml"))} --resume auto --set {longer}");
            return ExitCode.Done;
        }

        display.Heading("Gate");
        var clearance = AllRanks.Run(group, () => OpenGate(display, plan, context, cancel));

        display.Heading($"{(plan.Preference is not null ? "Preference training" : plan.Sft is not null ? "Fine-tuning" : "Pretraining")} {plan.Name}");
        using var run = AllRanks.Run(group, () => PretrainingRun.Open(clearance, resume, from, new Machine { Processes = group }));
        foreach (var change in run.Folder.PlanChanges) display.Line($"Changed since the run began: {change}");
        display.Line(Show.Text($"{Show.Count(run.Model.Parameters.ElementCount)} parameters on {run.Model.Device}, {plan.ComputeType.ToString().ToLowerInvariant()}, {FusedOperators.AttentionOn(run.Model.Device, plan.ComputeType == ComputeType.BFloat16)}; {Show.Count(plan.Training.Steps, "step")} of {StepSize(plan)}"));
        if (plan.Lora is { } lora) display.Line(Show.Text($"An adapter of rank {lora.Rank} learns: {Show.Count(run.Model.Trained.ElementCount, "parameter")} on {string.Join(", ", lora.Targets).ToLowerInvariant()}"));
        if (RankShard.Of(plan.Training, context.Rank, context.Size) is var share && context.Size > 1)
            display.Line(Show.Text($"{context.Size} processes of {Show.Count(context.ThreadsFor(plan), "thread")}; each reads {share.Batches} × {share.BatchSize} of a step's {context.Size * share.Rows} sequences"));
        var goOn = Show.Text($"{display.Program} {(context.Size > 1 ? Show.Text($"launch -n {context.Size}") : "train")} {Show.Word(run.Folder.PlanFile)} --resume auto");
        var progress = RunSummary.Begin(display, run, plan, told ?? new(), context);
        var finished = display.Live(show => Train(run, new StepDisplay(display, plan, progress, run.FirstStep, show), goOn, cancel));

        if (context.Rank == 0) WriteEpochs(display, EpochSummary.Of([.. MetricsLog.Read(run.Folder.MetricsFile)]));
        if (context.Rank == 0) RunSummary.End(display, RunRecord.Read(run.Folder));
        if (run.Best is { } best && run.Folder.CheckpointFolder(best.Step) is var folder && Directory.Exists(folder))
            display.Line(Show.Text($"Best:       {Show.RelativePaths(folder)}, validation {best.Loss:F4}"));
        display.Line($"Run folder: {Show.RelativePaths(run.Folder.FullPath)}");
        display.Line($"Report:     {Show.RelativePaths(run.Folder.ReportFile)}");
        if (finished) return ExitCode.Done;
        display.Line($"Stopped before the last step; everything is saved. Go on with: {goOn}");
        return ExitCode.Interrupted;
    }

    private static string StepSize(TrainingPlan plan) =>
        plan.Preference is not null ? Show.Count(plan.Training.RowsPerStep, "pair")
        : plan.Sft is not null ? Show.Count(plan.Training.RowsPerStep, "row")
        : $"{Show.Count(plan.Training.TokensPerStep)} tokens";

    private static void WriteEpochs(Display display, IReadOnlyList<EpochSummary> epochs)
    {
        if (epochs.Count == 0) return;
        display.Table(["epoch", "training", "validation", "", "running text", "time"], epochs.Select(epoch => (IReadOnlyList<string>)
            [epoch.Epoch == 0 ? "before" : Show.Count(epoch.Epoch), Loss(epoch.TrainingLoss), Loss(epoch.ValidationLoss), epoch.IsBest ? "best" : "", Loss(epoch.TextLoss), Show.Time(epoch.Seconds)]));
        if (epochs[0] is { Epoch: 0, ValidationLoss: { } before } && epochs.Skip(1).Min(epoch => epoch.ValidationLoss) is { } best)
            display.Line(Show.Text(best < before
                ? (FormattableString)$"Validation loss {before:F2} → {best:F2}, {100 * (before - best) / before:F1} % lower."
                : $"The validation loss never fell below the {before:F2} from before: what was learned does not help with what was held out."));

        static string Loss(double? loss) => loss is { } value ? Show.Text($"{value:F3}") : "–";
    }

    // A disk that is full is the user's to mend, and what was saved before is whole.
    private static bool Train(PretrainingRun run, IRunObserver observer, string goOn, CancellationToken cancel)
    {
        try
        {
            return run.Continue(observer, cancel);
        }
        catch (IOException error)
        {
            throw new IOException($"{error.Message.TrimEnd()} Checkpoints saved earlier are whole: make room, and go on with: {goOn}", error);
        }
        catch (LostRankException error)
        {
            var saved = run.Folder.LatestCheckpointStep() is { } step ? Show.Text($" Step {step} is saved.") : "";
            throw new RankStoppedException(ExitCode.Failed, $"{error.Message}{saved} Go on with: {goOn}");
        }
    }

    /// <summary>Judges the specification and says so in one line.</summary>
    private static Clearance OpenGate(Display display, TrainingPlan plan, DistributedContext context, CancellationToken cancel)
    {
        var clearance = display.Progress("Specification", tell =>
        {
            var (done, all) = (0, Catalogue.All.Sum(r => r.CaseNames.Count));
            return Gate.Clear(plan, new Reporter<Judgement>(j => tell((double)++done / all, j.Requirement.Id)), context, cancel);
        });
        // The oracles of the gate leave some hundred megabytes of garbage, which training would carry along.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        display.Good($"open: {clearance.Requirements} requirements hold on {TrainingDevice.Resolve(plan.Device)}, with this configuration, tokenizer and data");
        return clearance;
    }
}
