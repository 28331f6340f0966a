using LLama;
using LLama.Common;
using LLama.Native;

// Also compiled into the benchmarks.
namespace TurkishLlm.Tests.LlamaCpp;

/// <summary>A GGUF file, loaded by llama.cpp on the CPU with one thread and a key/value cache in float32.</summary>
internal sealed class LlamaModel : IDisposable
{
    private readonly ModelParams _options;
    private readonly LLamaWeights _weights;

    private LlamaModel(ModelParams options) => (_options, _weights) = (options, LLamaWeights.LoadFromFile(options));

    public SafeLlamaModelHandle.Vocabulary Vocabulary => _weights.Vocab;

    public LLamaWeights Weights => _weights;

    /// <summary>Makes llama.cpp print errors only; must be called before anything else of it.</summary>
    public static void UseQuietLog() => NativeLibraryConfig.All.WithLogCallback((level, message) =>
    {
        if (level == LLamaLogLevel.Error) Console.Error.Write(message);
    });

    public static LlamaModel Load(string file, int length) => new(new ModelParams(file)
    {
        ContextSize = (uint)length,
        BatchSize = (uint)length,
        UBatchSize = (uint)length,
        GpuLayerCount = 0,
        Threads = 1,
        BatchThreads = 1,
        FlashAttention = false,
        TypeK = GGMLType.GGML_TYPE_F32,
        TypeV = GGMLType.GGML_TYPE_F32,
    });

    /// <summary>Returns the ids of a text as llama.cpp splits and merges it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="special">True to read the names of control tokens as these tokens.</param>
    /// <param name="begin">True to add the token for the beginning of the text, if the file says so.</param>
    public int[] Tokenize(string text, bool special = false, bool begin = false) =>
        [.. _weights.Tokenize(text, begin, special, System.Text.Encoding.UTF8).Select(token => (int)token)];

    /// <summary>Returns the logits after each token: <c>[position, vocabulary]</c>.</summary>
    public float[][] ComputeLogits(IReadOnlyList<int> ids)
    {
        using var context = _weights.CreateContext(_options);
        var batch = new LLamaBatch();
        foreach (var (position, id) in ids.Index()) batch.Add(id, position, LLamaSeqId.Zero, logits: true);
        Decode(context, batch);
        return [.. ids.Select((_, position) => context.NativeHandle.GetLogitsIth(position).ToArray())];
    }

    /// <summary>Continues ids with the most likely token, with the cache, until an end token or a number of tokens.</summary>
    public IEnumerable<int> Generate(IReadOnlyList<int> prompt, int count, Func<int, bool>? isEnd = null)
    {
        using var context = _weights.CreateContext(_options);
        var batch = new LLamaBatch();
        foreach (var (position, id) in prompt.Index()) batch.Add(id, position, LLamaSeqId.Zero, position == prompt.Count - 1);
        for (var position = prompt.Count; count-- > 0; position++)
        {
            Decode(context, batch);
            var logits = context.NativeHandle.GetLogitsIth(batch.TokenCount - 1);
            var next = System.Numerics.Tensors.TensorPrimitives.IndexOfMax(logits);
            if ((isEnd ?? IsEnd)(next)) yield break;
            yield return next;
            batch.Clear();
            batch.Add(next, position, LLamaSeqId.Zero, logits: true);
        }
    }

    /// <summary>Returns true for a token at which llama.cpp ends a text.</summary>
    public bool IsEnd(int id) => ((LLamaToken)id).IsEndOfGeneration(_weights.Vocab);

    public void Dispose() => _weights.Dispose();

    private static void Decode(LLamaContext context, LLamaBatch batch)
    {
        if (context.Decode(batch) is var result && result != DecodeResult.Ok)
            throw new InvalidOperationException($"llama.cpp could not read the tokens: {result}.");
    }
}
