using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using static TorchSharp.torch;

namespace TurkishLlm.Inference.Decoding;

/// <summary>
/// Decodes with the operators of training on any device. Each text is computed alone, so no text affects another.
/// </summary>
/// <remarks>
/// The division of a text into calls changes logits by rounding, as it does in <see cref="Generation.PrefixCache"/>. Not
/// thread-safe.
/// </remarks>
public sealed class TensorDecoder : IDecoder
{
    private readonly LanguageModel _model;

    /// <param name="model">The model. The caller disposes it.</param>
    public TensorDecoder(LanguageModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
    }

    /// <inheritdoc/>
    public ModelConfig Config => _model.Config;

    /// <inheritdoc/>
    public IDecoderSequence CreateSequence(int capacity) => new TensorSequence(this, _model, capacity);

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<DecoderInput> batch, Span<float> logits)
    {
        DecoderInputChecks.ThrowIfInvalid(batch, logits.Length, Config.VocabSize, OwnedSequences(batch));
        using var grad = no_grad();
        for (var i = 0; i < batch.Length; i++)
        {
            using var scope = NewDisposeScope();
            var input = batch[i];
            var cache = ((TensorSequence)input.Sequence).Cache;
            var ids = tensor(
                Array.ConvertAll(input.Ids.ToArray(), id => (long)id), [1, input.Ids.Length], device: _model.Device);
            if (input.NeedsLogits)
                _model.ComputeNextTokenLogits(ids, cache).to(float32).cpu().data<float>().ToArray()
                    .CopyTo(logits.Slice(i * Config.VocabSize, Config.VocabSize));
            else _model.ForwardHidden(ids, cache: cache);
        }
    }

    /// <summary>Does nothing: the model belongs to the caller.</summary>
    public void Dispose()
    {
    }

    private bool OwnedSequences(ReadOnlySpan<DecoderInput> batch)
    {
        foreach (var input in batch)
            if (input.Sequence is not TensorSequence sequence || sequence.Owner != this) return false;
        return true;
    }

    private sealed class TensorSequence : IDecoderSequence
    {
        public TensorSequence(TensorDecoder owner, LanguageModel model, int capacity)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
            (Owner, Cache) = (owner, new KeyValueCache(model.Config, batchSize: 1, capacity, model.Device));
        }

        public TensorDecoder Owner { get; }

        public KeyValueCache Cache { get; }

        public int Capacity => Cache.Capacity;

        public int Length => Cache.Length;

        public void Crop(int length) => Cache.Crop(length);

        public void Dispose() => Cache.Dispose();
    }
}
