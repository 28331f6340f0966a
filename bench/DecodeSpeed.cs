using System.Diagnostics;
using System.Globalization;
using TurkishLlm.Kernels.Packed;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Gguf;
using TurkishLlm.Tests.LlamaCpp;
using TurkishLlm.Tokenization;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TurkishLlm.Bench;

/// <summary>
/// Decoding and prefill of our packed decoder beside llama.cpp, with the same weights, in alternation: tokens per second by the
/// clock, and per second of processor time, which other programs on the machine change less.
/// </summary>
internal sealed class DecodeSpeed : IDisposable
{
    private const int Texts = 8, PromptLength = 128, LongPromptLength = 384, Capacity = 512;

    private static readonly (PackedType Ours, GgufTensorType Theirs)[] Types =
    [
        (PackedType.Float32, GgufTensorType.F32), (PackedType.BFloat16, GgufTensorType.BF16),
        (PackedType.Int8, GgufTensorType.Q8_0),
    ];

    private readonly string _scratch = Directory.CreateTempSubdirectory("turkishllm-decode-").FullName;
    private readonly ParameterTable _parameters;
    private readonly string _tokenizer;

    private DecodeSpeed(string model)
    {
        if (model is "v1" or "v2")
        {
            _parameters = WeightInitializer.Initialize(model == "v1" ? ModelConfig.V1 : ModelConfig.V2, seed: 1, CPU);
            _tokenizer = Path.Combine(_scratch, "tokenizer");
            CreateTokenizer(_parameters.Config.VocabSize).Save(_tokenizer);
        }
        else
        {
            _parameters = ExportedModel.Open(model).LoadParameters(CPU);
            _tokenizer = model;
        }
    }

    /// <param name="model">v1 or v2 with random weights, or an exported model folder.</param>
    /// <param name="rounds">Measurements of each kind.</param>
    public static int Run(string model, int rounds)
    {
        LlamaModel.UseQuietLog();
        using var comparison = new DecodeSpeed(model);
        Console.WriteLine(BenchmarkProcess.DescribeMachine());
        Console.WriteLine(Invariant($"{model}: {comparison._parameters.Config.ParameterCount:N0} parameters; texts of ")
            + Invariant($"{PromptLength} tokens are continued, prompts of {LongPromptLength} are read."));
        Console.WriteLine("Median of tokens/s (range) [median of tokens per second of processor time].");
        foreach (var threads in new[] { 1, 2 })
            foreach (var (ours, theirs) in Types) comparison.Compare(threads, ours, theirs, rounds);
        return 0;
    }

    public void Dispose()
    {
        _parameters.Dispose();
        Directory.Delete(_scratch, recursive: true);
    }

    private void Compare(int threads, PackedType ours, GgufTensorType theirs, int rounds)
    {
        var folder = Path.Combine(_scratch, theirs.ToString());
        if (!Directory.Exists(folder)) GgufModel.Write(folder, _parameters, _tokenizer, template: null, theirs);
        using var packed = new PackedEngine(_parameters, ours, threads, Texts, Capacity);
        using var llama = new LlamaEngine(Path.Combine(folder, GgufModel.FileName), threads, Texts, Capacity);
        (string Name, int Tokens, Action<IDecodingEngine> Work)[] kinds =
        [
            ("1 stream", 40, engine => Decode(engine, texts: 1, steps: 40)),
            ("8 streams", 160, engine => Decode(engine, Texts, steps: 20)),
            ("prefill", LongPromptLength, engine =>
            {
                engine.Crop(0, 0);
                engine.Prefill(0, CreatePrompt(LongPromptLength));
            }),
        ];
        foreach (var (name, tokens, work) in kinds)
        {
            IDecodingEngine[] engines = [packed, llama];
            foreach (var engine in engines) Prepare(engine, work);
            var found = engines.Select(_ => new List<(double Wall, double Cpu)>()).ToArray();
            for (var round = 0; round < rounds; round++)
                foreach (var (index, engine) in engines.Index()) found[index].Add(Measure(() => work(engine), tokens));
            var (own, other) = (Format(found[0]), Format(found[1]));
            var ratio = Median(found[0].Zip(found[1]).Select(pair => pair.First.Wall / pair.Second.Wall));
            var cpuRatio = Median(found[0].Zip(found[1]).Select(pair => pair.First.Cpu / pair.Second.Cpu));
            Console.WriteLine(Invariant($"{Count(threads)}, {ours} | {name} | ours {own} | llama.cpp {other} | ratio ")
                + Invariant($"{ratio:F2} [{cpuRatio:F2}]"));
        }
    }

    private static string Count(int threads) => threads == 1 ? "1 thread" : Invariant($"{threads} threads");

    private static void Prepare(IDecodingEngine engine, Action<IDecodingEngine> work)
    {
        for (var text = 0; text < Texts; text++)
        {
            engine.Crop(text, 0);
            engine.Prefill(text, CreatePrompt(PromptLength));
        }
        work(engine);
    }

    private static void Decode(IDecodingEngine engine, int texts, int steps)
    {
        for (var text = 0; text < texts; text++) engine.Crop(text, PromptLength);
        for (var step = 0; step < steps; step++) engine.Step(texts, PromptLength + step, 300 + step);
    }

    private static (double Wall, double Cpu) Measure(Action work, int tokens)
    {
        using var process = Process.GetCurrentProcess();
        var (cpu, started) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
        work();
        var wall = Stopwatch.GetElapsedTime(started).TotalSeconds;
        process.Refresh();
        return (tokens / wall, tokens / (process.TotalProcessorTime - cpu).TotalSeconds);
    }

    private static string Format(List<(double Wall, double Cpu)> found) =>
        BenchmarkProcess.FormatSpread(found.Select(speed => speed.Wall), "0")
        + Median(found.Select(speed => speed.Cpu)).ToString(" [0]", CultureInfo.InvariantCulture);

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private static int[] CreatePrompt(int length) => [.. Enumerable.Range(0, length).Select(i => 300 + i * 37 % 5000)];

    // Bytes, and pairs of them up to the size of the vocabulary.
    private static Tokenizer CreateTokenizer(int vocabulary) => new(
        [
            .. Enumerable.Range(0, vocabulary - ModelConfig.MinVocabSize)
                .Select(pair => (VocabularyLayout.FirstByte + (pair >> 8), VocabularyLayout.FirstByte + (pair & 0xFF))),
        ]);
}
