using TorchSharp;
using TurkishLlm.Data;
using TurkishLlm.Model;
using TurkishLlm.Training;

namespace TurkishLlm.Cli;

/// <summary>What is to be measured of a model, and how it is told.</summary>
/// <param name="Model">Where it is; see <see cref="ModelPath.Find"/>.</param>
/// <param name="Device">Where it computes.</param>
internal sealed record EvaluationRequest(string Model, torch.Device Device)
{
    public int Windows { get; init; }

    public string? Shards { get; init; }

    public int? Length { get; init; }

    public IReadOnlyList<string> Gold { get; init; } = [];

    public bool InputIsContext { get; init; }

    public int Limit { get; init; }

    public string? Compare { get; init; }

    public string? Base { get; init; }

    public double MaxForgetting { get; init; }

    public string? Json { get; init; }

    public string? Rows { get; init; }

    public EvaluationOptions Options { get; init; } = new();

    /// <summary>Measures and tells.</summary>
    /// <returns><see cref="ExitCode.Regressed"/> where more was forgotten than may be.</returns>
    /// <exception cref="ConfigurationException">A value is out of range, or options do not go together.</exception>
    public ExitCode Run(Display display, CancellationToken cancel)
    {
        Validate();
        var rows = Gold.SelectMany(file => GoldFile.Read(file, Options.Refusal, InputIsContext).Take(Limit)).ToArray();
        using var trained = TrainedModel.Open(Model, Device);
        var report = new EvaluationReport(Model, trained.Step, Options);

        if (Base is not null) report = report with { Forgetting = MeasureForgetting(display, trained, cancel) };
        else if (Gold.Count == 0 || Shards is not null || Length is not null) report = report with { HeldOut = MeasureHeldOut(display, trained, cancel) };
        if (rows.Length > 0) report = MeasureAnswers(display, trained, rows, report, cancel);
        if (Json is not null) EvaluationFile.WriteReport(Json, report);

        if (report.Forgetting is not { } forgetting || forgetting.Increase <= MaxForgetting) return ExitCode.Done;
        display.Line(Show.Text($"Too much was forgotten: the loss on plain text rose by {Show.Percent(forgetting.Increase)}, and --max-forgetting allows {Show.Percent(MaxForgetting)}. Fine-tune with a lower rate, fewer epochs, or a share of plain text (sft.text_share)."));
        return ExitCode.Regressed;
    }

    private void Validate()
    {
        Options.Validate();
        if (Gold.Count == 0 && (Compare is not null || Rows is not null || Options.Samples > 0))
            throw new ConfigurationException($"{(Compare is not null ? "--compare" : Rows is not null ? "--rows" : "--samples")} is about questions, but none are given. Name a file of them with --gold.");
        if (!(MaxForgetting >= 0)) throw new ConfigurationException(FormattableString.Invariant($"--max-forgetting is {MaxForgetting}; it must be 0 or more, such as 0.1 for ten percent."));
    }

    private HeldOutText MeasureHeldOut(Display display, TrainedModel trained, CancellationToken cancel)
    {
        if (trained.Plan?.Sft is not null && Shards is null && Length is null)
        {
            using var conversations = new SftData(trained.Plan);
            var held = conversations.Measure(trained.Model);
            EvaluationText.Write(display, trained.Name, held, conversations.Examples.Validation.Count);
            return new(held.Text, held.Validation);
        }
        using var data = OpenText(trained);
        var text = Validation.Measure(trained.Model, data.Validation, new TokenBytes(trained.Tokenizer), WindowOf(trained), Windows, cancel: cancel);
        EvaluationText.Write(display, trained.Name, text);
        return new(text.Loss) { Measured = text };
    }

    private Forgetting MeasureForgetting(Display display, TrainedModel trained, CancellationToken cancel)
    {
        using var before = OpenSame(Base!, trained);
        using var data = OpenText(trained);
        var forgetting = Forgetting.Measure(
            before.Model, trained.Model, data.Validation, new TokenBytes(trained.Tokenizer), WindowOf(trained), Windows, new Bootstrap(Options.Seed, Options.Resamples), cancel);
        EvaluationText.Write(display, forgetting, Base!);
        return forgetting;
    }

    private EvaluationReport MeasureAnswers(Display display, TrainedModel trained, GoldRow[] rows, EvaluationReport report, CancellationToken cancel)
    {
        EvaluationText.WriteNotices(display, trained.Plan, Gold);
        var bootstrap = new Bootstrap(Options.Seed, Options.Resamples);
        var own = Ask(display, trained, Model, rows, cancel);
        report = report with { Gold = Gold, Rows = rows.Length, TooLong = [.. own.TooLong.Select(row => row.Place)], Metrics = own.Summarise(bootstrap) };
        EvaluationText.Write(display, own, report.Metrics, trained.Model.Config.MaxSeqLen);
        if (Rows is not null) EvaluationFile.WriteRows(Rows, own);
        if (Compare is null) return report;

        using var other = TrainedModel.Open(Compare, Device);
        var comparison = own.Compare(Ask(display, other, Compare, rows, cancel), bootstrap)
            .Where(metric => metric.Metric != Metric.Loss || other.Tokenizer.Hash == trained.Tokenizer.Hash).ToArray();      // tokens of another size have other losses
        EvaluationText.Write(display, comparison, Model, Compare);
        return report with { Compared = Compare, Comparison = comparison };
    }

    private GoldEvaluation Ask(Display display, TrainedModel trained, string name, GoldRow[] rows, CancellationToken cancel)
    {
        using var model = trained.Answering();
        return display.Progress($"Asking {Show.RelativePaths(name)}", tell =>
            GoldEvaluation.Run(model, rows, Options, done => tell((double)done / rows.Length, Show.Text($"{done}/{rows.Length}")), cancel));
    }

    private int WindowOf(TrainedModel trained) => Length ?? trained.Plan?.Training.SequenceLength ?? trained.Model.Config.MaxSeqLen;

    private TokenDataset OpenText(TrainedModel trained)
    {
        var data = TokenDataset.Open(Shards ?? trained.Plan?.Data.Shards
            ?? throw new ConfigurationException($"{Model} is a model alone, so its data is not known. Say where the shards are: --shards DIR"));
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

    private TrainedModel OpenSame(string path, TrainedModel trained)
    {
        var before = TrainedModel.Open(path, Device);
        if (before.Tokenizer.Hash == trained.Tokenizer.Hash) return before;
        before.Dispose();
        throw new ConfigurationException($"{path} has another tokenizer than {Model}, so their losses per token cannot be compared. Give the run that {Model} was fine-tuned from.");
    }
}
