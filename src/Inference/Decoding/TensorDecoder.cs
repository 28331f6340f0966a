using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using static TorchSharp.torch;

namespace TurkishLlm.Inference.Decoding;

/// <summary>
/// A decoder that runs a model with libtorch, for devices and compute types that <see cref="PackedDecoder"/> does not have. It
/// computes the texts of a batch one after the other.
/// </summary>
/// <remarks>Spec: GEN-02, GEN-10, GEN-13.</remarks>
/// <param name="model">The model. Not owned.</param>
public sealed class TensorDecoder(LanguageModel model) : IDecoder
{
    // Bounds the memory of a long text: attention with a cache has a score for each pair of positions.
    private const int ChunkLength = 128;

    /// <inheritdoc/>
    public ModelConfig Config => model.Config;

    /// <inheritdoc/>
    public IDecoderSequence CreateSequence(int capacity) =>
        new TensorSequence(this, new(Config, batchSize: 1, capacity, model.Device));

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<DecoderInput> batch, Span<float> logits)
    {
        DecoderArguments.ThrowIfWrongRoom(Config, batch.Length, logits.Length);
        for (var i = 0; i < batch.Length; i++)
        {
            for (var j = 0; j < i; j++)
                if (ReferenceEquals(batch[i].Sequence, batch[j].Sequence))
                    throw new ArgumentException("A text is repeated in a batch. Give all its tokens at once.", nameof(batch));
            Validate(batch[i].Sequence, batch[i].Ids.Span);
        }
        using var grad = no_grad();
        for (var i = 0; i < batch.Length; i++)
        {
            var cache = ((TensorSequence)batch[i].Sequence).Cache;
            var ids = batch[i].Ids.Span;
            for (; ids.Length > ChunkLength; ids = ids[ChunkLength..]) Run(ids[..ChunkLength], cache);
            if (!batch[i].NeedsLogits)
            {
                Run(ids, cache);
                continue;
            }
            using var scope = NewDisposeScope();
            model.ComputeNextTokenLogits(ToTensor(ids), cache).to(float32).cpu().data<float>()
                .CopyTo(logits.Slice(i * Config.VocabSize, Config.VocabSize));
        }
    }

    /// <inheritdoc/>
    public void ComputeLosses(
        IDecoderSequence sequence, ReadOnlySpan<int> ids, ReadOnlySpan<int> targets, Span<double> losses)
    {
        DecoderArguments.ThrowIfInvalidLosses(Config, ids, targets, losses);
        Validate(sequence, ids);
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        var logits = model.Forward(ToTensor(ids), cache: ((TensorSequence)sequence).Cache);        // [1, n, vocabulary]
        CrossEntropy.ComputePerToken(logits, ToTensor(targets)).to(float64).cpu().data<double>().CopyTo(losses);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void Run(ReadOnlySpan<int> ids, KeyValueCache cache)
    {
        using var scope = NewDisposeScope();
        model.ForwardHidden(ToTensor(ids), cache: cache);
    }

    private void Validate(IDecoderSequence sequence, ReadOnlySpan<int> ids)
    {
        if (sequence is not TensorSequence text || text.Owner != this)
            throw new ArgumentException("A text belongs to another decoder. Create it with this one.", nameof(sequence));
        DecoderArguments.ThrowIfInvalidTokens(Config, text, ids);
    }

    private Tensor ToTensor(ReadOnlySpan<int> ids)
    {
        var numbers = new long[ids.Length];
        for (var i = 0; i < ids.Length; i++) numbers[i] = ids[i];
        return tensor(numbers, [1, ids.Length], device: model.Device);
    }

    private sealed class TensorSequence(TensorDecoder owner, KeyValueCache cache) : IDecoderSequence
    {
        public TensorDecoder Owner => owner;

        public KeyValueCache Cache => cache;

        public int Capacity => cache.Capacity;

        public int Length => cache.Length;

        public void Crop(int length) => cache.Crop(length);

        public void Dispose() => cache.Dispose();
    }
}
