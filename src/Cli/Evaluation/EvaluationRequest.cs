using TorchSharp;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Batches;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Model;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Training.Objectives.FineTuning;
using TurkishLlm.Training.Validation;

namespace TurkishLlm.Cli.Evaluation;

/// <summary>Evaluates a model and prints the results.</summary>
/// <param name="Model">Path of the model; see <see cref="ModelPath.Find"/>.</param>
/// <param name="Device">Device of the computation.</param>
internal sealed record EvaluationRequest(string Model, torch.Device Device)
{
    /// <summary>Finds the evaluated model, with the checkpoint that was asked for.</summary>
    public Func<string, ModelPath> FindModel { get; init; } = path => ModelPath.Find(path);

    /// <summary>Receives which checkpoints are used.</summary>
    public TextWriter Notes { get; init; } = TextWriter.Null;

    public int Windows { get; init; }

    public string? Shards { get; init; }

    public int? Length { get; init; }

    public IReadOnlyList<string> Gold { get; init; } = [];

    public bool InputIsContext { get; init; }

    /// <summary>Replaces the contexts of questions by passages of documentation; null to keep them.</summary>
    public RetrievedContexts? Contexts { get; init; }

    /// <summary>Tools that the model may call while it answers; null for none.</summary>
    public EvaluationTools? Tools { get; init; }

    public int Limit { get; init; }

    public int FewShot { get; init; }

    public string? FewShotFile { get; init; }

    public IReadOnlyList<string> Slices { get; init; } = [];

    public string? Compare { get; init; }

    public string? BaseModel { get; init; }

    public double MaxForgetting { get; init; }

    public string? JsonFile { get; init; }

    public string? RowsFile { get; init; }

    public string? PageFile { get; init; }

    public EvaluationOptions Options { get; init; } = new();

    /// <summary>Runs the evaluation and prints the results.</summary>
    /// <returns><see cref="ExitCode.QualityThresholdNotMet"/> if forgetting exceeds <see cref="MaxForgetting"/>.</returns>
    /// <exception cref="ConfigurationException">A value is out of range, or options cannot be combined.</exception>
    /// <param name="display">Receives the text.</param>
    /// <param name="output">Standard output, for a JSON file named <c>-</c>.</param>
    /// <param name="cancellationToken">Cancels the evaluation.</param>
    public ExitCode Run(Display display, TextWriter output, CancellationToken cancellationToken)
    {
        Validate();
        var rows = Gold.Count == 0 ? [] : ReadGold(display);
        var at = FindModel(Model);
        using var trained = Open(at);
        var report = new EvaluationReport(Model, trained.Step, Options) { IsAverage = at.UsesAverage };

        if (BaseModel is not null) report = report with { Forgetting = MeasureForgetting(display, trained, cancellationToken) };
        else if (Gold.Count == 0 || Shards is not null || Length is not null)
            report = report with { HeldOut = MeasureHeldOut(display, trained, cancellationToken) };
        if (rows.Length > 0) report = MeasureAnswers(display, trained, rows, report, cancellationToken);
        if (JsonFile is "-") EvaluationFile.WriteReport(output, report);
        else if (JsonFile is not null) EvaluationFile.WriteReport(JsonFile, report);
        HtmlFile.Write(display, PageFile, () => EvaluationPage.Render(report, MaxForgetting));

        if (report.Forgetting is not { } forgetting || forgetting.Increase <= MaxForgetting) return ExitCode.Success;
        display.WriteLine(
            $"Quality threshold not met: the loss on plain text rose by {Format.Percent(forgetting.Increase)}, "
                + $"and --max-forgetting allows {Format.Percent(MaxForgetting)}. "
                + "Fine-tune with a lower learning rate, fewer epochs, or a share of plain text (sft.text_share).");
        return ExitCode.QualityThresholdNotMet;
    }

    // The same rows as a task of a plan asks during training; --limit counts per file.
    private GoldRow[] ReadGold(Display display)
    {
        var unknown = new UnknownKeys();
        var task = new EvaluationTask("gold", Gold)
        {
            FewShot = FewShot, FewShotFile = FewShotFile, Slices = Slices, InputIsContext = InputIsContext,
            Refusal = Options.Refusal,
        };
        var rows = TaskRows.Read(task, Options.Seed, unknown);
        if (unknown.Description.Length > 0)
            display.WriteWarning(
                RowNotes.DescribeUnknownKeys(string.Join(", ", Gold.Select(Format.RelativePaths)), unknown.Description));
        return [.. rows.GroupBy(row => row.File, StringComparer.Ordinal).SelectMany(file => file.Take(Limit))];
    }

    private void Validate()
    {
        Options.Validate();
        HtmlFile.Check(PageFile);
        if (Gold.Count == 0 && FindGoldOption() is { } option)
            throw new ConfigurationException(
                $"{option} needs "
                    + "questions. Give a file of them with --gold.");
        if (!(MaxForgetting >= 0))
            throw new ConfigurationException(
                FormattableString.Invariant($"--max-forgetting is {MaxForgetting}; it must be 0 or more, such as 0.1 for 10 %."));
    }

    private string? FindGoldOption() => Compare is not null ? "--compare"
        : RowsFile is not null ? "--rows"
        : Options.SamplesPerQuestion > 0 ? "--samples"
        : Contexts is not null ? "--docs"
        : Tools is not null ? "--tools"
        : null;

    private HeldOutMetrics MeasureHeldOut(Display display, TrainedModel trained, CancellationToken cancellationToken)
    {
        if (trained.Plan?.Sft is not null && Shards is null && Length is null)
        {
            using var conversations = new SftData(trained.Plan);
            var held = conversations.Measure(trained.Model);
            EvaluationText.Write(display, trained.Name, held, conversations.Examples.Validation.Count);
            return new(held.TextLoss, held.Loss);
        }
        using var data = OpenText(trained);
        var text = LossEvaluator.Measure(
            trained.Model, data.Validation, new TokenByteLengths(trained.Tokenizer), GetWindowLength(trained), Windows,
            cancellationToken: cancellationToken);
        EvaluationText.Write(display, trained.Name, text);
        return new(text.Loss) { TextMetrics = text };
    }

    private ForgettingMetrics MeasureForgetting(Display display, TrainedModel trained, CancellationToken cancellationToken)
    {
        using var before = OpenWithSameTokenizer(BaseModel!, trained);
        using var data = OpenText(trained);
        var forgetting = ForgettingMetrics.Measure(
            before.Model,
            trained.Model, data.Validation, new TokenByteLengths(trained.Tokenizer), GetWindowLength(trained), Windows,
            new Bootstrap(Options.Seed, Options.Resamples), cancellationToken);
        EvaluationText.Write(display, forgetting, BaseModel!);
        return forgetting;
    }

    private EvaluationReport MeasureAnswers(
        Display display, TrainedModel trained, GoldRow[] rows, EvaluationReport report, CancellationToken cancellationToken)
    {
        EvaluationText.WriteNotices(display, trained.Plan, Gold);
        var bootstrap = new Bootstrap(Options.Seed, Options.Resamples);
        var own = Ask(display, trained, Model, rows, cancellationToken);
        report = report with
        {
            Gold = Gold,
            Rows = rows.Length,
            TooLong = [.. own.TooLong.Select(row => row.Location)],
            Metrics = own.Summarize(bootstrap),
            Slices = TaskMetrics.Summarize(own, Slices).Slices,
            Answers = own,
            Notices = [.. EvaluationText.GetNotices(trained.Plan, Gold)],
        };
        EvaluationText.Write(display, own, report.Metrics, trained.Model.Config.MaxSeqLen);
        EvaluationText.WriteSlices(display, report.Slices);
        if (RowsFile is not null) EvaluationFile.WriteRows(RowsFile, own);
        if (Compare is null) return report;

        using var other = Open(FindOther(Compare, CheckpointChoice.Best));
        // Losses per token of different tokenizers are not comparable.
        var others = Ask(display, other, Compare, rows, cancellationToken);
        var comparison = own.Compare(others, bootstrap)
            .Where(metric => metric.Metric != Metric.Loss || other.Tokenizer.Hash == trained.Tokenizer.Hash).ToArray();
        EvaluationText.Write(display, comparison, Model, Compare);
        return report with { ComparedModel = Compare, Comparison = comparison, ComparedAnswers = others };
    }

    private GoldEvaluation Ask(
        Display display, TrainedModel trained, string name, GoldRow[] rows, CancellationToken cancellationToken)
    {
        using var decoder = trained.CreateDecoder();
        using var model = trained.CreateAnswerModel(decoder);
        if (Contexts is not null)
            rows = Contexts.Apply(
                display, rows,
                model as ChatModel ?? throw new ConfigurationException(
                    $"--docs needs a model with a chat template, and {Format.RelativePaths(name)} has none. Fine-tune it on "
                        + "conversations first."),
                Options.MaxTokens);
        using var calling = Tools?.Apply(model, name, Options.MaxTokens);
        var answers = display.RunWithProgress($"Evaluating {Format.RelativePaths(name)}", reportProgress =>
            GoldEvaluation.Run(
                calling ?? model, rows, Options,
                done => reportProgress((double)done / rows.Length, Format.Invariant($"{done}/{rows.Length}")),
                cancellationToken));
        if (calling is not null) display.WriteLine(EvaluationTools.Describe(calling.Runs));
        return answers;
    }

    // The path may name the checkpoint itself: runs/toy/last.
    private static ModelPath FindOther(string path, CheckpointChoice choice) =>
        File.Exists(Path.Combine(path, "plan.yaml")) ? ModelPath.Find(path, choice) : ModelPath.Find(path);

    private TrainedModel Open(ModelPath at)
    {
        var model = TrainedModel.Open(at, Device);
        CheckpointOption.Announce(at, Notes);
        return model;
    }

    private int GetWindowLength(TrainedModel trained) =>
        Length ?? trained.Plan?.Training.SequenceLength ?? trained.Model.Config.MaxSeqLen;

    private TokenDataset OpenText(TrainedModel trained)
    {
        var data = TokenDataset.Open(Shards ?? trained.Plan?.Data.Shards
            ?? throw new ConfigurationException(
                $"{Model} is an exported model without data. Give the folder of shards: --shards DIR"));
        try
        {
            data.RequireTokenizer(trained.Tokenizer.Hash);
            return data;
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    private TrainedModel OpenWithSameTokenizer(string path, TrainedModel trained)
    {
        var before = Open(FindOther(path, CheckpointChoice.Last));
        if (before.Tokenizer.Hash == trained.Tokenizer.Hash) return before;
        before.Dispose();
        throw new ConfigurationException(
            $"{path} has a different tokenizer than {Model}; their losses per token are not comparable. Give the "
                + $"run that {Model} was fine-tuned from.");
    }
}
