using TurkishLlm.Inference.Decoding;
using TurkishLlm.Model;

namespace TurkishLlm.Inference.Generation;

/// <summary>
/// A text of a decoder that is replaced by other texts: computes only the part of a text that differs from the previous one. In a
/// conversation, every prompt begins with the previous prompt.
/// </summary>
/// <remarks>
/// The cached tokens are compared with the new text. So a text that differs anywhere (an exchange was dropped, an answer was cut
/// off or is encoded differently) is computed again from the first difference, regardless of what happened in between. Spec:
/// GEN-02, GEN-13.
/// </remarks>
public sealed class PrefixCache : IDisposable
{
    // Long texts are computed in chunks, so that a cancellation takes effect early.
    private const int PrefillChunkSize = 128;

    private readonly IDecoder _decoder;
    private readonly IDecoderSequence _sequence;
    private readonly DecoderInput[] _input = new DecoderInput[1];
    private readonly int[] _ids;
    private readonly float[] _logits;

    /// <param name="decoder">The decoder. The caller disposes it, after this object.</param>
    /// <param name="capacity">Maximum number of tokens of a text.</param>
    public PrefixCache(IDecoder decoder, int capacity)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        _decoder = decoder;
        _sequence = decoder.CreateSequence(capacity);
        _ids = new int[capacity];
        _logits = new float[decoder.Config.VocabSize];
    }

    /// <param name="model">A model, run by libtorch. The caller disposes it.</param>
    /// <param name="capacity">Maximum number of tokens of a text.</param>
    public PrefixCache(LanguageModel model, int capacity)
        : this(new TensorDecoder(model), capacity)
    {
    }

    /// <summary>Maximum number of tokens of a text.</summary>
    public int Capacity => _sequence.Capacity;

    /// <summary>Number of tokens computed by the model so far, including repetitions.</summary>
    public long ComputedTokens { get; private set; }

    /// <summary>Computes the logits of the token after a text.</summary>
    /// <param name="text">Token ids; at least one, and no more than <see cref="Capacity"/>.</param>
    /// <param name="cancellationToken">Ends the computation early; what was computed stays cached.</param>
    /// <returns>One logit per token of the vocabulary, valid until the next call; empty if canceled.</returns>
    public ReadOnlySpan<float> ComputeNextTokenLogits(IReadOnlyList<int> text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        RetainCommonPrefix(text, text.Count - 1);
        while (text.Count - _sequence.Length > PrefillChunkSize)
        {
            if (cancellationToken.IsCancellationRequested) return [];
            Append(text, PrefillChunkSize, needsLogits: false);
        }
        if (cancellationToken.IsCancellationRequested) return [];
        Append(text, text.Count - _sequence.Length, needsLogits: true);
        return _logits;
    }

    /// <summary>Computes the losses of the tokens of a continuation, each given the text and the tokens before it.</summary>
    /// <param name="text">Token ids; at least one.</param>
    /// <param name="continuation">Token ids; at least one. The last one is only predicted.</param>
    /// <returns>Losses in nats, one per token of <paramref name="continuation"/>.</returns>
    public IReadOnlyList<double> ComputeLosses(IReadOnlyList<int> text, IReadOnlyList<int> continuation)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(continuation);
        RetainCommonPrefix(text, text.Count - 1);
        while (_sequence.Length < text.Count - 1)
            Append(text, Math.Min(text.Count - 1 - _sequence.Length, PrefillChunkSize), needsLogits: false);
        int[] ids = [text[^1], .. continuation.SkipLast(1)];
        var losses = new double[ids.Length];
        var length = _sequence.Length;
        _decoder.ComputeLosses(_sequence, ids, [.. continuation], losses);
        ids.CopyTo(_ids, length);
        ComputedTokens += ids.Length;
        return losses;
    }

    /// <inheritdoc/>
    public void Dispose() => _sequence.Dispose();

    // Truncates the cache to the common prefix with the text, and to the given length.
    private void RetainCommonPrefix(IReadOnlyList<int> text, int maxLength)
    {
        if (text.Count == 0) throw new ArgumentException("The text has no token; give at least one.", nameof(text));
        var same = 0;
        while (same < Math.Min(maxLength, _sequence.Length) && _ids[same] == text[same]) same++;
        _sequence.Crop(same);
    }

    // Appends the next tokens of the text. Tokens count as cached only after they have passed all layers.
    private void Append(IReadOnlyList<int> text, int count, bool needsLogits)
    {
        var length = _sequence.Length;
        // The decoder refuses a text that is too long.
        var ids = length + count <= _ids.Length ? _ids : [.. text];
        for (var i = length; i < length + count; i++) ids[i] = text[i];
        _input[0] = new(_sequence, ids.AsMemory(length, count), needsLogits);
        _decoder.Append(_input, _logits);
        ComputedTokens += count;
    }
}
