using System.Globalization;
using System.Text.RegularExpressions;
using TurkishLlm.Data;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Bench;

/// <summary>
/// Training of a vocabulary, from text files to <c>tokenizer.json</c>, against <c>spm_train</c> on the same text; then tokens
/// per word on text that neither has seen, and what the apostrophe rule does to it.
/// </summary>
internal static partial class TokenizerTraining
{
    private const int Vocabulary = 64_000, Repeats = 5;

    /// <param name="corpus">Text to learn from.</param>
    /// <param name="heldOut">Text to measure on; each file is a domain.</param>
    /// <param name="models">Folder that gets <c>tokenizer.json</c> and <c>spm.model</c>.</param>
    public static int Run(string corpus, string heldOut, string models)
    {
        Directory.CreateDirectory(models);
        Console.WriteLine(Peer.Machine());
        Console.WriteLine($"{Vocabulary} tokens from {Files(corpus).Sum(file => new FileInfo(file).Length) / 1_000_000} MB; seconds by the clock and of processors, median (range) of {Repeats}; most memory");
        foreach (var threads in new[] { 1, 2 })
        {
            var runs = Enumerable.Range(0, Repeats).Select(_ => Peer.Ourselves(false, "train-worker", corpus, models, $"{threads}")).ToArray();
            Report($"TurkishLlm, {threads} threads", runs);
            Console.WriteLine($"  tokenizer {string.Join(' ', runs.Select(run => run.Output.Trim()[..12]).Distinct())}");
        }
        if (Peer.Exists("spm_train")) Report("spm_train --model_type=bpe", [SentencePiece(corpus, models)]);
        Compare(corpus, heldOut, models);
        return 0;
    }

    public static int Work(string corpus, string models, int threads)
    {
        var counts = Directory.CreateTempSubdirectory("turkishllm-counts-").FullName;
        try
        {
            TrainingSource[] sources = [.. Files(corpus).Select(file => new TrainingSource(file, () => DocumentReader.Read(file).Select(document => document.Text)))];
            var trained = BytePairTrainer.Train(sources, new BytePairOptions(Vocabulary, counts) { Threads = threads });
            trained.Tokenizer.Save(models);
            Console.WriteLine(trained.Tokenizer.Hash);
            return 0;
        }
        finally
        {
            Directory.Delete(counts, recursive: true);
        }
    }

    private static PeerResult SentencePiece(string corpus, string models)
    {
        var text = Path.Combine(models, "text");
        File.WriteAllLines(text, Documents(corpus));
        var result = Peer.Run(
            false, "spm_train", $"--input={text}", $"--model_prefix={Path.Combine(models, "spm")}", "--model_type=bpe", $"--vocab_size={Vocabulary}",
            "--character_coverage=1.0", "--byte_fallback=true", "--normalization_rule_name=identity", "--remove_extra_whitespaces=false",
            "--max_sentence_length=100000000", "--num_threads=2", "--minloglevel=1");
        File.Delete(text);
        return result;
    }

    private static void Compare(string corpus, string heldOut, string models)
    {
        var (ours, without) = (Tokenizer.Load(models), WithoutApostropheRule(corpus));
        var spm = Path.Combine(models, "spm.model");
        Console.WriteLine();
        Console.WriteLine("tokens per word, line by line");
        Console.WriteLine($"{"domain",-28}{"words",9}{"ours",9}{"no rule",9}{"spm bpe",9}{"ours/spm",10}");
        var sums = new double[4];
        foreach (var file in Files(heldOut))
        {
            var lines = Documents(file).SelectMany(text => text.Split('\n')).Where(line => line.Trim().Length > 0).ToArray();
            double[] numbers =
            [
                lines.Sum(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length),
                lines.Sum(line => ours.CountTokens(line)),
                lines.Sum(line => Pieces(line).Sum(piece => without.CountTokens(piece))),
                File.Exists(spm) && Peer.Exists("spm_encode") ? SentencePieceTokens(spm, lines) : double.NaN,
            ];
            for (var i = 0; i < numbers.Length; i++) sums[i] += numbers[i];
            Row(Path.GetFileNameWithoutExtension(file), numbers);
        }
        Row("all", sums);

        static void Row(string name, double[] n) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-28}{n[0],9:N0}{n[1] / n[0],9:F4}{n[2] / n[0],9:F4}{n[3] / n[0],9:F4}{n[1] / n[3],10:F4}"));
    }

    private static double SentencePieceTokens(string model, string[] lines)
    {
        var file = Path.GetTempFileName();
        File.WriteAllLines(file, lines);
        var result = Peer.Run(false, "spm_encode", $"--model={model}", "--output_format=id", $"--input={file}");
        File.Delete(file);
        return result.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
    }

    // An apostrophe is punctuation as any other: it and the letters behind it are two pieces.
    private static Tokenizer WithoutApostropheRule(string corpus)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var document in Documents(corpus))
            foreach (var piece in Pieces(document)) counts[piece] = counts.GetValueOrDefault(piece) + 1;
        return BytePairTrainer.Train(counts, Vocabulary);
    }

    private static IEnumerable<string> Pieces(string text) => PlainRule().Matches(text).Select(match => match.Value);

    [GeneratedRegex(@" ?\p{L}[\p{L}\p{M}]*| ?\p{N}{1,3}| ?[^\t-\r\p{Z}\p{L}\p{N}]+|[\t-\r\p{Z}]*[\r\n]+|[\t-\r\p{Z}]+(?![^\t-\r\p{Z}])|[\t-\r\p{Z}]+", RegexOptions.CultureInvariant)]
    private static partial Regex PlainRule();

    private static IEnumerable<string> Documents(string corpus) => DocumentReader.Read(corpus).Select(document => document.Text);

    private static string[] Files(string corpus) =>
        File.Exists(corpus) ? [corpus] : [.. Directory.EnumerateFiles(corpus, "*.txt", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static void Report(string who, PeerResult[] runs) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{who,-28} clock {Peer.Spread(runs.Select(run => run.Wall)),-22} processors {Peer.Spread(runs.Select(run => run.Cpu)),-22} {runs.Max(run => run.PeakBytes) / 1e6:F0} MB"));
}
