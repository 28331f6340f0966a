using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Tokenization;
using static System.FormattableString;

namespace TurkishLlm.Bench;

/// <summary>
/// Encoding on one core, from strings in memory to ids: ours, also as the base class of Microsoft.ML.Tokenizers, that package's
/// tokenizers and tiktoken with our merges, and SentencePiece. The program of SentencePiece reads a file and writes ids; the time
/// it takes for no text is subtracted.
/// </summary>
internal static class EncodeSpeed
{
    private const int Passes = 7;

    private static readonly (string Encoder, string Name)[] Encoders =
    [
        ("own", "TurkishLlm"), ("adapter", "TurkishLlm, ML.NET's class"), ("bpe", "ML.NET BpeTokenizer"),
        ("tiktoken", "ML.NET TiktokenTokenizer"),
    ];

    /// <param name="corpus">Text to encode.</param>
    /// <param name="models">
    /// Folder with <c>tokenizer.json</c> and, to compare, <c>spm.model</c>, as train-tokenizer leaves it.
    /// </param>
    public static int Run(string corpus, string models)
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-encode-").FullName;
        try
        {
            var documents = ReadDocuments(corpus);
            var bytes = documents.Sum(document => (long)Encoding.UTF8.GetByteCount(document));
            Console.WriteLine(BenchmarkProcess.DescribeMachine());
            Console.WriteLine(
                Invariant($"encode on one core, {bytes / 1e6:F1} MB in {documents.Length:N0} documents; MB/s by the clock, ")
                + Invariant($"and by the seconds the core was ours; median (range) of {Passes} passes"));
            foreach (var (encoder, name) in Encoders)
                Report(name, bytes, BenchmarkProcess.RunSelf(true, "encode-worker", corpus, models, encoder).Output);
            if (BenchmarkProcess.IsInstalled("node") && HasTiktoken())
                Report("tiktoken (npm), our ranks", bytes, RunTiktoken(folder, documents, models));
            if (BenchmarkProcess.IsInstalled("spm_encode") && File.Exists(Path.Combine(models, "spm.model")))
                Report("SentencePiece BPE", bytes, RunSentencePiece(folder, documents, models));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public static int RunWorker(string corpus, string models, string encoder)
    {
        var (encode, documents) = (CreateEncoder(models, encoder), ReadDocuments(corpus));
        using var self = Process.GetCurrentProcess();
        for (var pass = 0; pass <= Passes; pass++)
        {
            self.Refresh();
            var (started, cpu, tokens) = (Stopwatch.GetTimestamp(), self.TotalProcessorTime, 0L);
            foreach (var document in documents) tokens += encode(document);
            self.Refresh();
            Print(Stopwatch.GetElapsedTime(started).TotalSeconds, (self.TotalProcessorTime - cpu).TotalSeconds, tokens);
        }
        return 0;
    }

    // Returns the number of tokens, after making their ids.
    private static Func<string, int> CreateEncoder(string models, string encoder)
    {
        var (tokenizer, ids) = (Tokenizer.Load(models), new List<int>());
        if (encoder == "own")
            return text =>
            {
                ids.Clear();
                tokenizer.EncodeToIds(text, ids);
                return ids.Count;
            };
        var theirs = encoder switch
        {
            "adapter" => tokenizer.AsMLTokenizer(),
            "bpe" => MLTokenizerPeers.CreateBpe(models),
            "tiktoken" => (Microsoft.ML.Tokenizers.Tokenizer)MLTokenizerPeers.CreateTiktoken(tokenizer),
            _ => throw new ArgumentException($"{encoder} is not an encoder."),
        };
        return text => theirs.EncodeToIds(text).Count;
    }

    private static string[] ReadDocuments(string corpus) => [.. DocumentReader.Read(corpus).Select(document => document.Text)];

    private static string RunTiktoken(string folder, string[] documents, string models)
    {
        var tokenizer = Tokenizer.Load(models);
        var (ranks, texts) = (Path.Combine(folder, "ranks.json"), Path.Combine(folder, "documents"));
        File.WriteAllBytes(ranks, JsonSerializer.SerializeToUtf8Bytes(new
        {
            pattern = tokenizer.Split.Pattern,
            tokens = Enumerable
                .Range(VocabularyLayout.FirstByte, tokenizer.VocabularySize - VocabularyLayout.FirstByte)
                .Select(id => Convert.ToBase64String(tokenizer.GetBytes(id))),
        }));
        File.WriteAllText(texts, string.Join('\0', documents));
        return BenchmarkProcess
            .Run(true, "node", "--max-old-space-size=8192", Path.Combine("bench", "peers", "tiktoken.mjs"), ranks, texts, "4")
            .Output;
    }

    private static string RunSentencePiece(string folder, string[] documents, string models)
    {
        var (texts, none) = (Path.Combine(folder, "lines"), Path.Combine(folder, "none"));
        File.WriteAllLines(texts, documents);
        File.WriteAllText(none, "");
        var ids = Path.Combine(folder, "ids");
        ProcessResult Encode(string input) =>
            BenchmarkProcess.Run(
                true, "spm_encode", $"--model={Path.Combine(models, "spm.model")}", "--output_format=id", $"--output={ids}",
                $"--input={input}");

        var results = new StringBuilder();
        for (var pass = 0; pass < 4; pass++)
        {
            var (start, all) = (Encode(none), Encode(texts));
            results.AppendLine(
                CultureInfo.InvariantCulture, $"{all.WallSeconds - start.WallSeconds} {all.CpuSeconds - start.CpuSeconds} "
                    + $"{File.ReadLines(ids).Sum(line => (long)line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length)}");
        }
        return results.ToString();
    }

    private static bool HasTiktoken()
    {
        try
        {
            BenchmarkProcess.Run(false, "node", "-e", "require('tiktoken')");
            return true;
        }
        catch (InvalidOperationException)
        {
            Console.WriteLine("tiktoken is not there: npm install --prefix DIR tiktoken, then NODE_PATH=DIR/node_modules");
            return false;
        }
    }

    // The first pass warms up.
    private static void Report(string who, long bytes, string passes)
    {
        var numbers = passes.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Skip(1)
            .Select(line => line.Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray()).ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{who, -26} clock {BenchmarkProcess.FormatSpread(numbers.Select(n => bytes / 1e6 / n[0])), -24} "
                + $"core {BenchmarkProcess.FormatSpread(numbers.Select(n => bytes / 1e6 / n[1])), -24} "
                + $"{numbers[0][2], 12:N0} tokens"));
    }

    private static void Print(double wall, double cpu, long tokens) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{wall} {cpu} {tokens}"));
}
