using System.Runtime.InteropServices;
using TurkishLlm.Files;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Gguf;
using TurkishLlm.Tests.LlamaCpp;
using TurkishLlm.Tokenization;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TurkishLlm.Bench;

/// <summary>
/// Compares a model with its exports in llama.cpp: greedy text, logits, and bits per byte of held-out text, for each number type.
/// </summary>
internal sealed class GgufComparison : IDisposable
{
    private const int Prompts = 200, PromptWords = 5, Continuation = 32;

    private readonly string _scratch = Directory.CreateTempSubdirectory("turkishllm-gguf-").FullName;
    private readonly ExportedModel _exported;
    private readonly Tokenizer _tokenizer;
    private readonly LanguageModel _model;
    private readonly string[] _lines;
    private readonly int[][] _windows;

    private GgufComparison(string folder, string text, int windows)
    {
        _exported = ExportedModel.Open(folder);
        _tokenizer = Tokenizer.Load(folder);
        _model = new LanguageModel(_exported.LoadParameters(CPU));
        _lines = [.. TextFile.ReadLines(text).Where(line => line.Split(' ').Length > PromptWords)];
        var length = _exported.Config.MaxSeqLen;
        _windows =
        [
            .. _lines.SelectMany(line => _tokenizer.EncodeToIds(line + "\n")).Chunk(length - 1).Take(windows)
                .Select(ids => (int[])[SpecialTokens.BeginOfText, .. ids]),
        ];
    }

    public static int Run(string folder, string text, int windows)
    {
        LlamaModel.UseQuietLog();
        using var comparison = new GgufComparison(folder, text, windows);
        comparison.Report();
        return 0;
    }

    public void Dispose()
    {
        _model.Dispose();
        _model.Parameters.Dispose();
        Directory.Delete(_scratch, recursive: true);
    }

    private void Report()
    {
        var ours = _windows.Select(Compute).ToArray();
        Console.WriteLine(BenchmarkProcess.DescribeMachine());
        Console.WriteLine(Invariant(
            $"{_exported.Config.ParameterCount:N0} parameters, {_windows.Sum(ids => ids.Length):N0} tokens in {_windows.Length} ")
            + "windows, "
            + Invariant($"largest logit {ours.Max(w => w.Max(row => row.Max(Math.Abs))):G3}"));
        Console.WriteLine(Invariant($"TurkishLlm float32: {BitsPerByte(ours):F4} bits per byte"));
        foreach (var type in Enum.GetValues<GgufTensorType>())
        {
            var folder = Path.Combine(_scratch, type.ToString());
            GgufModel.Write(folder, _model.Parameters, _exported.Folder, template: null, type);
            var file = Path.Combine(folder, GgufModel.FileName);
            using var theirs = LlamaModel.Load(file, _exported.Config.MaxSeqLen);
            var logits = _windows.Select(theirs.ComputeLogits).ToArray();
            Console.WriteLine(Invariant(
                $"llama.cpp {type}: {BitsPerByte(logits):F4} bits per byte, logits differ by {Difference(ours, logits):G3} at ")
                + Invariant($"most, same greedy text for {CountSame(theirs)} of {Prompts} prompts, ")
                + Invariant($"{new FileInfo(file).Length / 1e6:F1} MB"));
        }
    }

    private int CountSame(LlamaModel theirs)
    {
        var same = 0;
        var options = SamplingOptions.Greedy(Continuation) with { StopIds = SpecialTokens.DocumentBorders };
        foreach (var line in _lines.Take(Prompts))
        {
            int[] ids =
                [SpecialTokens.BeginOfText, .. _tokenizer.EncodeToIds(string.Join(' ', line.Split(' ').Take(PromptWords)))];
            var expected = new TextGenerator(_model).Generate(ids, options);
            if (theirs.Generate(ids, Continuation, SpecialTokens.DocumentBorders.Contains).SequenceEqual(expected)) same++;
        }
        return same;
    }

    private float[][] Compute(int[] ids)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var logits = _model.Forward(tensor(Array.ConvertAll(ids, id => (long)id)).unsqueeze(0))[0].contiguous();
        return [.. MemoryMarshal.Cast<byte, float>(logits.bytes).ToArray().Chunk(_exported.Config.VocabSize)];
    }

    private static float Difference(float[][][] ours, float[][][] theirs) =>
        ours.Zip(theirs).Max(windows => windows.First.Zip(windows.Second).Max(rows =>
            rows.First.Zip(rows.Second).Max(pair => Math.Abs(pair.First - pair.Second))));

    private double BitsPerByte(float[][][] logits)
    {
        var (bits, bytes) = (0.0, 0L);
        foreach (var (ids, rows) in _windows.Zip(logits))
            for (var position = 1; position < ids.Length; position++)
            {
                var row = rows[position - 1];
                var largest = row.Max();
                var sum = row.Sum(value => Math.Exp(value - largest));
                bits += (Math.Log(sum) + largest - row[ids[position]]) / Math.Log(2);
                bytes += _tokenizer.GetBytes(ids[position]).Length;
            }
        return bits / bytes;
    }
}
