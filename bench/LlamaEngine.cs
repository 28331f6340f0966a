using LLama;
using LLama.Common;
using LLama.Native;

namespace TurkishLlm.Bench;

/// <summary>llama.cpp with its default key/value cache, in float16.</summary>
internal sealed class LlamaEngine : IDecodingEngine
{
    private readonly LLamaWeights _weights;
    private readonly LLamaContext _context;
    private readonly LLamaBatch _batch = new();

    public LlamaEngine(string file, int threads, int texts, int capacity)
    {
        var options = new ModelParams(file)
        {
            ContextSize = (uint)(texts * capacity),
            SeqMax = (uint)texts,
            GpuLayerCount = 0,
            Threads = threads,
            BatchThreads = threads,
        };
        _weights = LLamaWeights.LoadFromFile(options);
        _context = _weights.CreateContext(options);
    }

    public void Crop(int text, int length) => _context.NativeHandle.MemorySequenceRemove((LLamaSeqId)text, length, -1);

    public void Step(int texts, int position, int id)
    {
        _batch.Clear();
        for (var text = 0; text < texts; text++) _batch.Add(id, position, (LLamaSeqId)text, logits: true);
        Decode();
    }

    public void Prefill(int text, int[] ids)
    {
        _batch.Clear();
        foreach (var (position, id) in ids.Index()) _batch.Add(id, position, (LLamaSeqId)text, position == ids.Length - 1);
        Decode();
    }

    public void Dispose()
    {
        _context.Dispose();
        _weights.Dispose();
    }

    private void Decode()
    {
        if (_context.Decode(_batch) is var result && result != DecodeResult.Ok)
            throw new InvalidOperationException($"llama.cpp could not read the tokens: {result}.");
        // Waits for the result.
        _ = _context.NativeHandle.GetLogitsIth(_batch.TokenCount - 1)[0];
    }
}
