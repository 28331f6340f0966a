using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Cli.Data;

/// <summary><c>turkishllm data prepare | check | score | inspect | convert | report | retrieval</c></summary>
internal static class DataCommand
{
    public static Command Create(Display display) => new("data", "Prepare, check, score, inspect and convert training data.")
    {
        CreatePrepare(display), DataCheckCommand.Create(display), DataScoreCommand.Create(display),
        DataInspectCommand.Create(display), DataConvertCommand.Create(display), DataReportCommand.Create(display),
        DataRetrievalCommand.Create(display),
    };

    /// <summary>Prepares a corpus and prints the report.</summary>
    public static CorpusReport Prepare(
        Display display, Tokenizer tokenizer, CorpusOptions options, CancellationToken cancellationToken)
    {
        var report = display.RunWithProgress("Shards", reportProgress => CorpusPreparation.Prepare(
            tokenizer, options,
            new SynchronousProgress<CorpusProgress>(p =>
                reportProgress(
                    (double)p.Bytes / Math.Max(1, p.TotalBytes),
                    $"{Format.Count(p.Documents, "document")}, {p.Stage.ToString().ToLowerInvariant()}")),
            cancellationToken));
        CorpusReportText.Write(display, report);
        return report;
    }

    private static Command CreatePrepare(Display display)
    {
        var source = new Argument<string>("source")
        {
            Description = "Text (blank lines separate documents), JSON lines, Parquet, a folder of them, also compressed (.gz, "
                + ".zst), or a corpus plan (.yaml) with several sources.",
        };
        var tokenizer = new Option<string>("--tokenizer", "-t") { Description = "Tokenizer folder." };
        var output = new Option<string>("--output", "-o") { Description = "Folder for the shards." };
        var standard = new CorpusOptions([], "");
        var share = DecimalOption.Create(
            "--validation-share", "Share of documents for validation, 0 … 1.", standard.ValidationShare);
        var near = DecimalOption.Create(
            "--near-duplicate-threshold",
            "Skip documents at least this similar to an earlier one, 0 … 1 (1 = exact duplicates only).",
            standard.NearDuplicateSimilarity!.Value);
        var turkish = DecimalOption.Create(
            "--min-turkish-score",
            "Skip documents with a lower Turkish score, such as 0.05 (-1 = keep every language).", defaultValue: -1);
        var evaluation = new Option<string[]>("--decontaminate")
        {
            Description = "Evaluation files (text, JSON, Parquet): skip documents that share a run of words with them.",
            AllowMultipleArgumentsPerToken = true,
        };
        var pii = PersonalDataOption.Create("documents");
        var invalid = new Option<bool>("--skip-invalid")
        {
            Description = "Skip and count documents that are not text instead of stopping.",
        };
        var field = TextFieldOption.Create();
        var set = new Option<string[]>("--set")
        {
            Description = "Override a value of the corpus plan: --set key=value. Can be repeated.",
        };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace existing shards." };
        var command = new Command("prepare", "Filter, deduplicate and encode text into shards. Resumes if interrupted.")
        {
            source, tokenizer, output, share, near, turkish, evaluation, pii, invalid, field, set, overwrite,
        };
        command.Validators.Add(parsed =>
        {
            var isPlan = CorpusPlan.IsPlanFile(parsed.GetValue(source));
            foreach (var option in (Option[])[tokenizer, output])
                if (!isPlan && parsed.GetResult(option) is null) parsed.AddError($"Option '{option.Name}' is required.");
            foreach (var option in (Option[])[tokenizer, output, share, near, turkish, evaluation, pii, invalid, field])
                if (isPlan && parsed.GetResult(option) is { Implicit: false })
                    parsed.AddError(
                        $"{option.Name} cannot be combined with a corpus plan; use --set, such as --set "
                            + "validation_share=0.02.");
            if (!isPlan && parsed.GetResult(set) is { Implicit: false })
                parsed.AddError("--set needs a corpus plan (.yaml), but the source is text.");
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var text = parsed.GetRequiredValue(source);
            var plan = CorpusPlan.IsPlanFile(text)
                ? CorpusPlan.Load(text, parsed.GetValue(set) ?? [])
                : new CorpusPlan(
                    TokenizerFolder.Find(parsed.GetRequiredValue(tokenizer)),
                    new CorpusOptions(text, parsed.GetRequiredValue(output), parsed.GetValue(share))
                {
                    Sources = [new CorpusSource("corpus", text, TextField: parsed.GetRequiredValue(field))],
                    NearDuplicateSimilarity = parsed.GetValue(near) is < 1 and var limit ? limit : null,
                    MinimumTurkish = parsed.GetValue(turkish) is > -1 and var least ? least : null,
                    EvaluationFiles = parsed.GetValue(evaluation) ?? [],
                    PersonalData = PersonalDataOption.Read(parsed, pii),
                    InvalidText = parsed.GetValue(invalid) ? InvalidText.SkipDocument : InvalidText.Refuse,
                });
            Prepare(display, Tokenizer.Load(plan.Tokenizer), plan.Options with
            {
                Workers = Environment.ProcessorCount, Overwrite = parsed.GetValue(overwrite),
            }, cancellationToken);
            return Task.CompletedTask;
        });
        return command;
    }
}
