using TurkishLlm.Inference.Decoding;
using TurkishLlm.Model;

namespace TurkishLlm.Tests.Unit.Serving;

/// <summary>A decoder with logits that are not numbers for texts of more than five tokens.</summary>
internal sealed class NaNDecoder(IDecoder inner) : IDecoder
{
    public ModelConfig Config => inner.Config;

    public IDecoderSequence CreateSequence(int capacity) => inner.CreateSequence(capacity);

    public void Append(ReadOnlySpan<DecoderInput> batch, Span<float> logits)
    {
        inner.Append(batch, logits);
        for (var i = 0; i < batch.Length; i++)
            if (batch[i].Sequence.Length > 5) logits[i * Config.VocabSize + 1] = float.NaN;
    }

    public void Dispose() => inner.Dispose();
}
