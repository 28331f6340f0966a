using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Cli.Data;

/// <summary><c>turkishllm data prepare | inspect | convert | report</c></summary>
internal static class DataCommand
{
    public static Command Create(Display display) => new("data", "Turns text into shards of tokens, and shows what there is to learn from.")
    {
        CreatePrepare(display), DataInspectCommand.Create(display), DataConvertCommand.Create(display), DataReportCommand.Create(display),
    };

    /// <summary>Prepares a corpus and says what came out.</summary>
    public static CorpusReport Prepare(Display display, Tokenizer tokenizer, CorpusOptions options, CancellationToken cancellationToken)
    {
        var report = display.RunWithProgress("Shards", tell => CorpusPreparation.Prepare(
            tokenizer, options,
            new SynchronousProgress<CorpusProgress>(p => tell((double)p.Bytes / Math.Max(1, p.TotalBytes), $"{Format.Count(p.Documents)} documents, {p.Stage.ToString().ToLowerInvariant()}")), cancellationToken));
        CorpusReportText.Write(display, report);
        return report;
    }

    private static Command CreatePrepare(Display display)
    {
        var source = new Argument<string>("source") { Description = "A text file or a folder of .txt files, blank lines between documents; or a corpus plan (.yaml) that names several." };
        var tokenizer = new Option<string>("--tokenizer", "-t") { Description = "Folder of the tokenizer." };
        var output = new Option<string>("--output", "-o") { Description = "Folder for the shards." };
        var standard = new CorpusOptions([], "");
        var share = DecimalOption.Create("--validation-share", "Share of documents kept for validation.", standard.ValidationShare);
        var near = DecimalOption.Create("--near-duplicates", "Similarity from which a later document is left out; 1 keeps all that are not equal.", standard.NearDuplicateSimilarity!.Value);
        var turkish = DecimalOption.Create("--minimum-turkish", "Lowest Turkish score of a document, such as 0.05; -1 keeps every language.", defaultValue: -1);
        var evaluation = new Option<string[]>("--keep-out") { Description = "Evaluation files (.txt, .jsonl): documents that share a run of words with them are left out.", AllowMultipleArgumentsPerToken = true };
        var invalid = new Option<bool>("--skip-invalid") { Description = "Leave out documents that are not UTF-8 and count them, instead of stopping." };
        var set = new Option<string[]>("--set") { Description = "key=value, laid over a corpus plan." };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace shards that are there." };
        var command = new Command("prepare", "Encodes text into shards; goes on where it was interrupted. Example: turkishllm data prepare corpus/ -t tokenizers/64k -o shards/")
        {
            source, tokenizer, output, share, near, turkish, evaluation, invalid, set, overwrite,
        };
        command.Validators.Add(parsed =>
        {
            var isPlan = IsPlan(parsed.GetValue(source));
            foreach (var option in (Option[])[tokenizer, output])
                if (!isPlan && parsed.GetResult(option) is null) parsed.AddError($"Option '{option.Name}' is required.");
            foreach (var option in (Option[])[tokenizer, output, share, near, turkish, evaluation, invalid])
                if (isPlan && parsed.GetResult(option) is { Implicit: false }) parsed.AddError($"{option.Name} is written in the plan; --set changes it, such as --set validation_share=0.02.");
            if (!isPlan && parsed.GetResult(set) is { Implicit: false }) parsed.AddError("--set changes a corpus plan, but the source is text.");
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var text = parsed.GetRequiredValue(source);
            var plan = IsPlan(text)
                ? CorpusPlan.Load(text, parsed.GetValue(set) ?? [])
                : new CorpusPlan(parsed.GetRequiredValue(tokenizer), new CorpusOptions(text, parsed.GetRequiredValue(output), parsed.GetValue(share))
                {
                    NearDuplicateSimilarity = parsed.GetValue(near) is < 1 and var limit ? limit : null,
                    MinimumTurkish = parsed.GetValue(turkish) is > -1 and var least ? least : null,
                    EvaluationFiles = parsed.GetValue(evaluation) ?? [],
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

    private static bool IsPlan(string? source) =>
        source is not null && (source.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || source.EndsWith(".yml", StringComparison.OrdinalIgnoreCase));
}
