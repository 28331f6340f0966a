using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using static TorchSharp.torch;

namespace TurkishLlm.Inference.Generation;

/// <summary>
/// A key/value cache for consecutive texts: computes only the part of a text that differs from the previous one. In a
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

    private readonly LanguageModel _model;
    private readonly KeyValueCache _cache;
    private readonly List<int> _cachedIds = [];

    /// <param name="model">The model. The caller disposes it.</param>
    /// <param name="capacity">Maximum number of tokens of a text.</param>
    public PrefixCache(LanguageModel model, int capacity)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _cache = new KeyValueCache(model.Config, batchSize: 1, capacity, model.Device);
    }

    /// <summary>Maximum number of tokens of a text.</summary>
    public int Capacity => _cache.Capacity;

    /// <summary>Number of tokens computed by the model so far, including repetitions.</summary>
    public long ComputedTokens { get; private set; }

    /// <summary>Computes the logits of the token after a text.</summary>
    /// <param name="text">Token ids; at least one, and no more than <see cref="Capacity"/>.</param>
    /// <param name="cancellationToken">Ends the computation early; what was computed stays cached.</param>
    /// <returns>One logit per token of the vocabulary; null if canceled.</returns>
    public float[]? ComputeNextTokenLogits(IReadOnlyList<int> text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        using var grad = no_grad();
        RetainCommonPrefix(text, text.Count - 1);
        while (text.Count - _cachedIds.Count > PrefillChunkSize)
        {
            if (cancellationToken.IsCancellationRequested) return null;
            using var part = NewDisposeScope();
            RunModel(text, _cachedIds.Count + PrefillChunkSize, ids => _model.ForwardHidden(ids, cache: _cache));
        }
        if (cancellationToken.IsCancellationRequested) return null;
        using var scope = NewDisposeScope();
        return RunModel(text, text.Count, ids => _model.ComputeNextTokenLogits(ids, _cache))
            .to(float32)
            .cpu()
            .data<float>()
            .ToArray();
    }

    /// <summary>Computes the losses of the tokens of a continuation, each given the text and the tokens before it.</summary>
    /// <param name="text">Token ids; at least one.</param>
    /// <param name="continuation">Token ids; at least one. The last one is only predicted.</param>
    /// <returns>Losses in nats, one per token of <paramref name="continuation"/>.</returns>
    public IReadOnlyList<double> ComputeLosses(IReadOnlyList<int> text, IReadOnlyList<int> continuation)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(continuation);
        if (text.Count > 1) _ = ComputeNextTokenLogits([.. text.SkipLast(1)]);
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        RetainCommonPrefix(text, text.Count - 1);
        // [1, n, vocabulary]
        var logits = RunModel([.. text, .. continuation.SkipLast(1)], text.Count + continuation.Count - 1, ids =>
            _model.Forward(ids, cache: _cache));
        var targets = tensor(continuation.Select(id => (long)id).ToArray(), [1, continuation.Count], device: _model.Device);
        return [.. CrossEntropy.ComputePerToken(logits, targets).to(float64).cpu().data<double>()];
    }

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();

    // Truncates the cache to the common prefix with the text, and to the given length.
    private void RetainCommonPrefix(IReadOnlyList<int> text, int maxLength)
    {
        if (text.Count == 0) throw new ArgumentException("The text has no token; give at least one.", nameof(text));
        var same = 0;
        while (same < Math.Min(maxLength, _cachedIds.Count) && _cachedIds[same] == text[same]) same++;
        _cachedIds.RemoveRange(same, _cachedIds.Count - same);
        _cache.Crop(same);
    }

    // Computes the text up to the end of a chunk. Tokens count as cached only after they have passed all layers.
    private Tensor RunModel(IReadOnlyList<int> text, int end, Func<Tensor, Tensor> read)
    {
        var ids = Enumerable.Range(_cachedIds.Count, end - _cachedIds.Count).Select(i => (long)text[i]).ToArray();
        var result = read(tensor(ids, [1, ids.Length], device: _model.Device));
        _cachedIds.AddRange(ids.Select(id => (int)id));
        ComputedTokens += ids.Length;
        return result;
    }
}
