using TurkishLlm.Inference.Decoding;
using TurkishLlm.Kernels.Packed;
using TurkishLlm.Model.Parameters;

namespace TurkishLlm.Bench;

/// <summary>Our decoder of packed weights.</summary>
internal sealed class PackedEngine : IDecodingEngine
{
    private readonly PackedDecoder _decoder;
    private readonly IDecoderSequence[] _texts;
    private readonly DecoderInput[] _inputs;
    private readonly float[] _logits;

    public PackedEngine(ParameterTable parameters, PackedType type, int threads, int texts, int capacity)
    {
        _decoder = new(parameters, type, threads);
        _texts = [.. Enumerable.Range(0, texts).Select(_ => _decoder.CreateSequence(capacity))];
        _inputs = new DecoderInput[texts];
        _logits = new float[texts * _decoder.Config.VocabSize];
    }

    public void Crop(int text, int length) => _texts[text].Crop(length);

    public void Step(int texts, int position, int id)
    {
        var ids = new[] { id };
        for (var i = 0; i < texts; i++) _inputs[i] = new(_texts[i], ids);
        _decoder.Append(_inputs.AsSpan(0, texts), _logits.AsSpan(0, texts * _decoder.Config.VocabSize));
    }

    public void Prefill(int text, int[] ids) =>
        _decoder.Append([new(_texts[text], ids)], _logits.AsSpan(0, _decoder.Config.VocabSize));

    public void Dispose()
    {
        foreach (var text in _texts) text.Dispose();
        _decoder.Dispose();
    }
}
