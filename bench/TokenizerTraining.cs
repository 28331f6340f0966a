using System.Globalization;
using System.Text.RegularExpressions;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Bench;

/// <summary>
/// Training of a vocabulary, from text files to <c>tokenizer.json</c>, against <c>spm_train</c> on the same text; then tokens
/// per word on text that neither has seen, and what the apostrophe rule does to it.
/// </summary>
/// <remarks>
/// SentencePiece drops line ends and puts a space before each line. So it is measured twice: line by line, as it comes, and
/// on whole documents with line ends written as a sign, which both then have to encode.
/// </remarks>
internal static partial class TokenizerTraining
{
    private const int Vocabulary = 64_000, Repeats = 5;

    /// <param name="corpus">Text to learn from.</param>
    /// <param name="heldOut">Text to measure on; each file is a domain.</param>
    /// <param name="models">Folder that gets <c>tokenizer.json</c> and <c>spm.model</c>.</param>
    public static int Run(string corpus, string heldOut, string models)
    {
        Directory.CreateDirectory(models);
        Console.WriteLine(BenchmarkProcess.DescribeMachine());
        Console.WriteLine(
            $"{Vocabulary} tokens from {FindFiles(corpus).Sum(file => new FileInfo(file).Length) / 1_000_000} MB; "
                + $"seconds by the clock and of processors, median (range) of {Repeats}; most memory");
        foreach (var threads in new[] { 1, 2 })
        {
            var runs = Enumerable
                .Range(0, Repeats)
                .Select(_ => BenchmarkProcess.RunSelf(false, "train-worker", corpus, models, $"{threads}"))
                .ToArray();
            Report($"TurkishLlm, {threads} threads", runs);
            Console.WriteLine($"  tokenizer {string.Join(' ', runs.Select(run => run.Output.Trim()[..12]).Distinct())}");
        }
        if (BenchmarkProcess.IsInstalled("spm_train"))
        {
            TrainSentencePiece("spm_train --model_type=bpe", ReadDocuments(corpus), Path.Combine(models, "spm"));
            TrainSentencePiece(
                "the same, line ends kept", ReadDocuments(corpus).Select(EscapeLineEnds),
                Path.Combine(models, "spm-lines"));
        }
        Compare(corpus, heldOut, models);
        return 0;
    }

    public static int RunWorker(string corpus, string models, int threads)
    {
        var counts = Directory.CreateTempSubdirectory("turkishllm-counts-").FullName;
        try
        {
            TrainingSource[] sources =
            [
                .. FindFiles(corpus)
                    .Select(file => new TrainingSource(file, () => DocumentReader.Read(file).Select(document => document.Text))),
            ];
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

    // Takes minutes, so an existing model is kept.
    private static void TrainSentencePiece(string who, IEnumerable<string> sentences, string model)
    {
        if (File.Exists(model + ".model")) return;
        var text = Path.GetTempFileName();
        File.WriteAllLines(text, sentences);
        var result = BenchmarkProcess.Run(
            false, "spm_train", $"--input={text}", $"--model_prefix={model}", "--model_type=bpe", $"--vocab_size={Vocabulary}",
            "--character_coverage=1.0",
            "--byte_fallback=true", "--normalization_rule_name=identity", "--remove_extra_whitespaces=false",
            "--max_sentence_length=100000000", "--num_threads=2", "--minloglevel=1");
        File.Delete(text);
        Report(who, [result]);
    }

    private static void Compare(string corpus, string heldOut, string models)
    {
        var (ours, without) = (Tokenizer.Load(models), TrainWithoutApostropheRule(corpus));
        Console.WriteLine();
        Console.WriteLine("tokens per word                        line by line                 line ends kept");
        Console.WriteLine(
            $"{"domain", -28}{"words", 8}{"ours", 9}{"spm", 9}{"ours/spm", 9}{"ours", 10}{"spm", 9}{"ours/spm", 9}"
                + $"{"no apostrophe rule", 20}");
        var sums = new double[6];
        foreach (var file in FindFiles(heldOut))
        {
            var documents = ReadDocuments(file).ToArray();
            var lines = documents.SelectMany(text => text.Split('\n')).Where(line => line.Trim().Length > 0).ToArray();
            double[] numbers =
            [
                lines.Sum(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length),
                lines.Sum(line => ours.CountTokens(line)), CountSentencePieceTokens(Path.Combine(models, "spm.model"), lines),
                documents.Sum(text => ours.CountTokens(text)),
                CountSentencePieceTokens(Path.Combine(models, "spm-lines.model"), documents.Select(EscapeLineEnds)),
                documents.Sum(text => PreTokenize(text).Sum(piece => without.CountTokens(piece))),
            ];
            for (var i = 0; i < numbers.Length; i++) sums[i] += numbers[i];
            Row(Path.GetFileNameWithoutExtension(file), numbers);
        }
        Row("all", sums);

        static void Row(string name, double[] n) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name, -28}{n[0], 8:N0}{n[1] / n[0], 9:F4}{n[2] / n[0], 9:F4}{n[1] / n[2], 9:F3}{n[3] / n[0], 10:F4}"
                + $"{n[4] / n[0], 9:F4}{n[3] / n[4], 9:F3}{n[5] / n[0], 20:F4}"));
    }

    // A sign that is in no text, of no script, as a line end is.
    private static string EscapeLineEnds(string text) => text.Replace('\n', '␤');

    private static double CountSentencePieceTokens(string model, IEnumerable<string> sentences)
    {
        if (!File.Exists(model) || !BenchmarkProcess.IsInstalled("spm_encode")) return double.NaN;
        var file = Path.GetTempFileName();
        File.WriteAllLines(file, sentences);
        var result = BenchmarkProcess.Run(false, "spm_encode", $"--model={model}", "--output_format=id", $"--input={file}");
        File.Delete(file);
        return result.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
    }

    // An apostrophe is punctuation as any other: it and the letters after it are two pieces.
    private static Tokenizer TrainWithoutApostropheRule(string corpus)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var document in ReadDocuments(corpus))
            foreach (var piece in PreTokenize(document)) counts[piece] = counts.GetValueOrDefault(piece) + 1;
        return BytePairTrainer.Train(counts, Vocabulary);
    }

    private static IEnumerable<string> PreTokenize(string text) => PlainPattern().Matches(text).Select(match => match.Value);

    [GeneratedRegex(
        @" ?\p{L}[\p{L}\p{M}]*| ?\p{N}{1,3}| ?[^\t-\r\p{Z}\p{L}\p{N}]+|[\t-\r\p{Z}]*[\r\n]+|"
            + @"[\t-\r\p{Z}]+(?![^\t-\r\p{Z}])|[\t-\r\p{Z}]+",
        RegexOptions.CultureInvariant)]
    private static partial Regex PlainPattern();

    private static IEnumerable<string> ReadDocuments(string corpus) =>
        DocumentReader.Read(corpus).Select(document => document.Text);

    private static string[] FindFiles(string corpus) =>
        File.Exists(corpus)
            ? [corpus]
            : [.. Directory.EnumerateFiles(corpus, "*.txt", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static void Report(string who, ProcessResult[] runs) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{who, -28} clock {BenchmarkProcess.FormatSpread(runs.Select(run => run.WallSeconds)), -22} processors "
            + $"{BenchmarkProcess.FormatSpread(runs.Select(run => run.CpuSeconds)), -22} "
            + $"{runs.Max(run => run.PeakBytes) / 1e6:F0} MB"));
}
