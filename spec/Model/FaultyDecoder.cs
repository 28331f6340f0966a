using TurkishLlm.Inference.Decoding;
using TurkishLlm.Model;

namespace TurkishLlm.Spec.Model;

/// <summary>A decoder with a bug of batching.</summary>
internal sealed class FaultyDecoder(IDecoder inner, FaultyDecoder.Bug bug) : IDecoder
{
    private readonly List<IDecoderSequence> _caches = [];
    private int _created;

    public enum Bug
    {
        /// <summary>Each text gets the logits of the next one.</summary>
        LogitsOfTheNext,

        /// <summary>Two texts have one cache.</summary>
        SharedCache,

        /// <summary>The tokens of the text before stay in the cache.</summary>
        NotCropped,

        /// <summary>A cache loses its last token when it is used again.</summary>
        CroppedTooFar,
    }

    public ModelConfig Config => inner.Config;

    public IDecoderSequence CreateSequence(int capacity)
    {
        // Large enough for texts that are never cropped.
        if (bug != Bug.SharedCache || _created++ % 2 == 0) _caches.Add(inner.CreateSequence(capacity * 8));
        return new Sequence(_caches[^1], bug, capacity);
    }

    public void Append(ReadOnlySpan<DecoderInput> batch, Span<float> logits)
    {
        var vocabulary = Config.VocabSize;
        for (var i = 0; i < batch.Length; i++)
        {
            var row = bug == Bug.LogitsOfTheNext ? (i + 1) % batch.Length : i;
            var sequence = (Sequence)batch[i].Sequence;
            inner.Append(
                [new(sequence.Inner, batch[i].Ids, batch[i].NeedsLogits)], logits.Slice(row * vocabulary, vocabulary));
            sequence.Length += batch[i].Ids.Length;
        }
    }

    public void Dispose() => inner.Dispose();

    private sealed class Sequence(IDecoderSequence inner, Bug bug, int capacity) : IDecoderSequence
    {
        public IDecoderSequence Inner => inner;

        public int Capacity => capacity;

        public int Length { get; set; }

        public void Crop(int length)
        {
            var kept = Math.Min(inner.Length, bug == Bug.CroppedTooFar ? Math.Max(0, length - 1) : length);
            if (bug != Bug.NotCropped) inner.Crop(kept);
            Length = length;
        }

        public void Dispose() => inner.Dispose();
    }
}
