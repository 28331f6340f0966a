using System.Diagnostics;
using System.Globalization;
using System.Text;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Tokenization;
using static System.FormattableString;

namespace TurkishLlm.Bench;

/// <summary>
/// Corpus preparation from text to shards: speed on a real corpus, and memory on a large one made of its documents,
/// each of them again and again with more or fewer words replaced.
/// </summary>
internal static class PrepareCorpus
{
    private const int Repeats = 5;

    public static int Run(string corpus, string tokenizerFolder, string gigabytes)
    {
        var tokenizer = Tokenizer.Load(tokenizerFolder);
        var folder = Directory.CreateTempSubdirectory("turkishllm-prepare-").FullName;
        try
        {
            foreach (var workers in new[] { 1, Environment.ProcessorCount }) MeasureSpeed(tokenizer, corpus, folder, workers);
            if (double.Parse(gigabytes, CultureInfo.InvariantCulture) is > 0 and var size)
                MeasureMemory(tokenizer, corpus, folder, size);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void MeasureSpeed(Tokenizer tokenizer, string corpus, string folder, int workers)
    {
        var (rates, processor) = (new List<double>(), new List<double>());
        CorpusReport? report = null;
        for (var i = 0; i <= Repeats; i++)
        {
            var (started, before) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
            report = CorpusPreparation.Prepare(
                tokenizer,
                new(corpus, Path.Combine(folder, "shards"), overwrite: true) { Workers = workers });
            if (i == 0) continue;
            rates.Add(report.Manifest.Read().Bytes / 1e6 / Stopwatch.GetElapsedTime(started).TotalSeconds);
            processor.Add((Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds);
        }
        rates.Sort();
        processor.Sort();
        var rate = Invariant($"median {rates[Repeats / 2]:F1} MB/s ({rates[0]:F1} … {rates[^1]:F1})");
        var seconds = Invariant(
            $"{processor[Repeats / 2]:F2} processor seconds ({processor[0]:F2} … {processor[^1]:F2})");
        WriteLine(
            $"{report!.Manifest.Read().Bytes / 1e6:F1} MB, {workers} workers: {rate}, {seconds}, {Repeats} runs after a warm-up"
        );
        if (workers > 1) WriteFunnel(report.Manifest);
    }

    private static void MeasureMemory(Tokenizer tokenizer, string corpus, string folder, double gigabytes)
    {
        var text = Path.Combine(folder, "noisy");
        Directory.CreateDirectory(text);
        WriteNoisyCorpus(corpus, text, (long)(gigabytes * 1e9));
        var before = Process.GetCurrentProcess().PeakWorkingSet64;
        var started = Stopwatch.GetTimestamp();
        var report = CorpusPreparation.Prepare(
            tokenizer,
            new(text, Path.Combine(folder, "noisy-shards")) { Workers = Environment.ProcessorCount });
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var bytes = report.Manifest.Read().Bytes;
        var speed = Invariant($"{seconds:F0} s, {bytes / 1e6 / seconds:F1} MB/s");
        WriteLine($"{bytes / 1e9:F2} GB made of it, {Environment.ProcessorCount} workers: {speed}");
        var peak = Process.GetCurrentProcess().PeakWorkingSet64;
        WriteLine($"peak memory of the process: {peak / 1e9:F2} GB, {before / 1e9:F2} GB before that");
        WriteFunnel(report.Manifest);
    }

    // Copy n of a document has 0, 1, 2, 4, 8, 16 or 32 % of its words replaced: some copies are equal, some near, some far.
    private static void WriteNoisyCorpus(string corpus, string folder, long bytes)
    {
        var random = new Random(1234);
        var written = 0L;
        for (var round = 0; written < bytes; round++)
        {
            using var file = new StreamWriter(
                Path.Combine(folder, Invariant($"{round:D3}.txt")), append: false, new UTF8Encoding(false), 1 << 20);
            var noise = round % 7 == 0 ? 0 : 0.01 * (1 << (round % 7 - 1));
            foreach (var document in DocumentReader.Read(corpus))
            {
                foreach (var word in document.Text.Split(' '))
                {
                    file.Write(random.NextDouble() < noise ? Invariant($"sözcük{random.Next(1_000_000)}") : word);
                    file.Write(' ');
                }
                file.Write("\n\n");
                if ((written += Encoding.UTF8.GetByteCount(document.Text)) >= bytes) return;
            }
        }
    }

    private static void WriteFunnel(ShardManifest manifest)
    {
        Row("read", manifest.Read());
        foreach (var reason in Enum.GetValues<ExclusionReason>())
            if (manifest.GetExcluded(reason) is { Documents: > 0 } left) Row($"- {reason}", left);
        Row("train", manifest.Sources.Aggregate(default(Tally), (sum, source) => sum + source.Train));
        Row("validation", manifest.Sources.Aggregate(default(Tally), (sum, source) => sum + source.Validation));
        WriteLine($"    {manifest.ValidationOverlap}");
        WriteLine(
            $"    tokens: train {manifest.CountTokens(DataSplit.Train)}, validation {manifest.CountTokens(DataSplit.Validation)}"
        );

        static void Row(string name, Tally tally) =>
            WriteLine($"    {name, -22} {tally.Documents, 9} documents {tally.Bytes / 1e6, 9:F2} MB");
    }

    private static void WriteLine(FormattableString text) => Console.WriteLine(Invariant(text));
}
