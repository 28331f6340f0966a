using System.Globalization;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Tests.LlamaCpp;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Foreign;
using TurkishLlm.Tokenization.Report;
using static System.FormattableString;

namespace TurkishLlm.Bench;

/// <summary>
/// The split rules on held-out text: tokens per word and suffixes kept, what happens to a tokenizer of the rule for Turkish in
/// llama.cpp, and bits per byte of a small model.
/// </summary>
internal static class SplitRules
{
    // One name for each rule of llama.cpp that reads a byte-level vocabulary.
    private static readonly string[] LlamaCppRules =
    [
        "tekken", "llama-bpe", "dbrx", "gpt-4o", "qwen2", "qwen35", "gpt-2", "deepseek-v3", "deepseek-llm", "deepseek-coder",
        "youtu", "falcon", "starcoder", "jais-2", "poro-chat", "viking", "chameleon", "tiny_aya", "superbpe", "kimi-k2",
        "bailingmoe", "seed-coder", "afmoe", "exaone-moe", "default",
    ];

    public static int Run(string corpus, string heldOut, string folder, string[] options)
    {
        var vocabulary = Read(options, "--vocabulary", 16_384);
        var modelVocabulary = Read(options, "--model-vocabulary", 4096);
        var (megabytes, seeds) = (Read(options, "--megabytes", 2), Read(options, "--seeds", 1));
        Console.WriteLine(BenchmarkProcess.DescribeMachine());
        var domains = ReadDomains(heldOut);
        Train(corpus, folder, vocabulary);
        Train(corpus, folder, modelVocabulary);
        ReportTokens(folder, vocabulary, domains);
        ReportLlamaCpp(Tokenizer.Load(GetFolder(folder, SplitRule.Turkish, vocabulary)), domains);
        if (megabytes > 0) ReportModels(corpus, heldOut, folder, modelVocabulary, megabytes, seeds);
        return 0;
    }

    /// <summary>Reads each file as a domain.</summary>
    internal static (string Name, IReadOnlyList<string> Documents)[] ReadDomains(string heldOut) =>
        [
            .. DocumentReader.ListFiles(heldOut)
                .Select(file => (
                    Name: Path.GetFileNameWithoutExtension(file).Split('_')[0],
                    Texts: DocumentReader.Read(file).Select(document => document.Text)))
                .GroupBy(file => file.Name)
                .Select(files => (files.Key, (IReadOnlyList<string>)[.. files.SelectMany(file => file.Texts)])),
        ];

    private static int Read(string[] options, string name, int missing) =>
        Array.IndexOf(options, name) is var at and >= 0
            ? int.Parse(options[at + 1], CultureInfo.InvariantCulture)
            : missing;

    private static string GetFolder(string folder, SplitRule rule, int vocabulary) =>
        Path.Combine(folder, Invariant($"{rule}-{vocabulary}"));

    private static void Train(string corpus, string folder, int vocabulary)
    {
        TrainingSource[] sources =
        [
            .. DocumentReader.ListFiles(corpus).Select(file =>
                new TrainingSource(file, () => DocumentReader.Read(file).Select(document => document.Text))),
        ];
        foreach (var rule in SplitRule.All)
        {
            var output = GetFolder(folder, rule, vocabulary);
            if (File.Exists(Path.Combine(output, "tokenizer.json"))) continue;
            var options = new BytePairOptions(vocabulary, Path.Combine(folder, "counts")) { Split = rule };
            BytePairTrainer.Train(sources, options).Tokenizer.Save(output);
        }
    }

    private static void ReportTokens(string folder, int vocabulary, (string Name, IReadOnlyList<string> Documents)[] domains)
    {
        Console.WriteLine(Invariant($"\nTokens per word, {vocabulary:N0} tokens"));
        Console.WriteLine($"| rule | all | bytes/token | suffixes whole | {string.Join(" | ", domains.Select(d => d.Name))} |");
        foreach (var rule in SplitRule.All)
        {
            var tokenizer = Tokenizer.Load(GetFolder(folder, rule, vocabulary));
            var report = TokenizerReport.Measure(rule.Name, LoadedTokenizer.Of(tokenizer), domains);
            var total = report.Total;
            Console.WriteLine(
                Invariant($"| {rule} | {total.TokensPerWord:F4} | {total.BytesPerToken:F3} | ")
                + Invariant($"{100 * total.WholeSuffixShare:F1} % | ")
                + string.Join(" | ", report.Domains.Select(domain => Invariant($"{domain.TokensPerWord:F3}"))) + " |");
        }
    }

    private static void ReportLlamaCpp(Tokenizer tokenizer, (string Name, IReadOnlyList<string> Documents)[] domains)
    {
        string[] documents = [.. domains.SelectMany(domain => domain.Documents)];
        Console.WriteLine("\nA tokenizer of the rule turkish, opened by llama.cpp under each of its rules");
        Console.WriteLine("| tokenizer.ggml.pre | lines differ | words differ | tokens differ | tokens by the other rule |");
        var rows = LlamaCppRules.Select(name =>
        {
            using var theirs = new LlamaVocabulary(tokenizer, name);
            return (Name: name, Difference: SplitDifference.Measure(tokenizer, theirs.Encode, documents));
        });
        foreach (var (name, difference) in rows.OrderBy(row => row.Difference.WordShare))
            Console.WriteLine(
                Invariant($"| {name} | {100 * difference.LineShare:F1} % | {100 * difference.WordShare:F2} % | ")
                + Invariant($"{100 * difference.TokenShare:F2} % | ")
                + Invariant($"{100 * ((double)difference.OtherTokens / difference.Tokens - 1):+0.00;-0.00} % |"));
    }

    private static void ReportModels(
        string corpus, string heldOut, string folder, int vocabulary, int megabytes, int seeds)
    {
        Console.WriteLine(Invariant($"\nBits per byte of a model trained on {megabytes} MB, {vocabulary:N0} tokens"));
        for (var seed = 1; seed <= seeds; seed++)
            foreach (var rule in SplitRule.All)
                Console.Write(BenchmarkProcess.RunSelf(
                    false, "split-rule-worker", GetFolder(folder, rule, vocabulary), corpus, heldOut, Invariant($"{megabytes}"),
                    Invariant($"{seed}")).Output);
    }
}
