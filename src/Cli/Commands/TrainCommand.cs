using System.CommandLine;
using TurkishLlm.Spec;
using TurkishLlm.Training;

namespace TurkishLlm.Cli.Commands;

/// <summary><c>turkishllm train PLAN</c></summary>
internal static class TrainCommand
{
    public static Command Create(Display display)
    {
        var file = new Argument<string>("plan") { Description = "What to train: a YAML file such as configs/v1-r1.yaml." };
        var set = new Option<string[]>("--set") { Description = "Changes a value of the plan: --set training.steps=100. May be given several times." };
        var resume = new Option<string>("--resume") { Description = "auto: go on from the newest checkpoint of the run folder, or begin where there is none." };
        resume.AcceptOnlyFromAmong("auto");
        var command = new Command("train", "Judges the specification under the plan, then trains. Example: turkishllm train configs/toy.yaml --set seed=7") { file, set, resume };
        command.SetAction((parsed, cancel) =>
        {
            var plan = PlanFile.Load(parsed.GetRequiredValue(file), parsed.GetValue(set) ?? []);
            return Task.FromResult((int)Run(display, plan, parsed.GetValue(resume) is not null, cancel));
        });
        return command;
    }

    /// <summary>Opens the gate and trains to the end of a plan, or to the first signal.</summary>
    public static ExitCode Run(Display display, TrainingPlan plan, bool resume, CancellationToken cancel)
    {
        var reached = Preflight.Run(plan, resume);
        if (reached >= plan.Training.Steps)
        {
            display.Good(Show.Text($"The run has reached step {reached} of {plan.Training.Steps}: there is nothing left to do."));
            display.Line(Show.Text($"Train longer with: {display.Program} train {Show.Word(Path.Combine(plan.RunFolder, "plan.yaml"))} --resume auto --set training.steps={2 * plan.Training.Steps}"));
            return ExitCode.Done;
        }

        display.Heading("Gate");
        var clearance = OpenGate(display, plan, cancel);

        display.Heading($"{(plan.Preference is not null ? "Preference training" : plan.Sft is not null ? "Fine-tuning" : "Pretraining")} {plan.Name}");
        using var run = PretrainingRun.Open(clearance, resume);
        if (run.FirstStep > 0) display.Line($"Going on after step {run.FirstStep}.");
        foreach (var change in run.Folder.PlanChanges) display.Line($"Changed since the run began: {change}");
        display.Line(Show.Text($"{Show.Count(run.Model.Parameters.ElementCount)} parameters on {run.Model.Device}, {plan.ComputeType.ToString().ToLowerInvariant()}; {Show.Count(plan.Training.Steps, "step")} of {(plan.Preference is null ? $"{Show.Count(plan.Training.TokensPerStep)} tokens" : Show.Count(plan.Training.RowsPerStep, "pair"))}"));
        if (plan.Lora is { } lora) display.Line(Show.Text($"An adapter of rank {lora.Rank} learns: {Show.Count(run.Model.Trained.ElementCount, "parameter")} on {string.Join(", ", lora.Targets).ToLowerInvariant()}"));
        var goOn = $"{display.Program} train {Show.Word(run.Folder.PlanFile)} --resume auto";
        var finished = Train(run, new StepDisplay(display, plan, run.FirstStep), goOn, cancel);

        display.Line($"Run folder: {Show.RelativePaths(run.Folder.FullPath)}");
        display.Line($"Report:     {Show.RelativePaths(run.Folder.ReportFile)}");
        if (finished) return ExitCode.Done;
        display.Line($"Stopped before the last step; everything is saved. Go on with: {goOn}");
        return ExitCode.Interrupted;
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
    }

    /// <summary>Judges the specification and says so in one line.</summary>
    public static Clearance OpenGate(Display display, TrainingPlan plan, CancellationToken cancel)
    {
        var clearance = display.Progress("Specification", tell =>
        {
            var (done, all) = (0, Catalogue.All.Sum(r => r.CaseNames.Count));
            return Gate.Clear(plan, new Reporter<Judgement>(j => tell((double)++done / all, j.Requirement.Id)), cancel);
        });
        display.Good($"open: {clearance.Requirements} requirements hold on {TrainingDevice.Resolve(plan.Device)}, with this configuration, tokenizer and data");
        return clearance;
    }
}
