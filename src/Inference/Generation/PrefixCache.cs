using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using static TorchSharp.torch;

namespace TurkishLlm.Inference.Generation;

/// <summary>
/// Reads texts one after the other through one key/value cache, and computes only what the text before did not begin with: in a
/// conversation every prompt begins with the one before it.
/// </summary>
/// <remarks>
/// What is kept is compared with the new text token by token. So a text that differs anywhere — a turn left, an answer was broken
/// off or is encoded otherwise than it was written — is read anew from the first difference on, whatever happened in between.
/// Spec: GEN-02, GEN-13.
/// </remarks>
public sealed class PrefixCache : IDisposable
{
    // Long texts are read in parts, so that a cancellation need not wait for all of one.
    private const int PrefillChunkSize = 128;

    private readonly LanguageModel _model;
    private readonly KeyValueCache _cache;
    private readonly List<int> _cachedIds = [];

    /// <param name="model">The model. Not owned.</param>
    /// <param name="capacity">Most tokens of a text.</param>
    public PrefixCache(LanguageModel model, int capacity)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _cache = new KeyValueCache(model.Config, batchSize: 1, capacity, model.Device);
    }

    /// <summary>Most tokens of a text.</summary>
    public int Capacity => _cache.Capacity;

    /// <summary>Tokens that have gone through the model since the beginning, each as often as it went.</summary>
    public long ComputedTokens { get; private set; }

    /// <summary>Scores for the token after a text.</summary>
    /// <param name="text">Token ids; at least one, and no more than <see cref="Capacity"/>.</param>
    /// <param name="cancellationToken">Ends the reading early; what was read is kept.</param>
    /// <returns>A score per token of the vocabulary; null when cancelled.</returns>
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
        return RunModel(text, text.Count, ids => _model.ComputeNextTokenLogits(ids, _cache)).to(float32).cpu().data<float>().ToArray();
    }

    /// <summary>The losses of the tokens of a continuation, each read behind the text and those before it.</summary>
    /// <param name="text">Token ids; at least one.</param>
    /// <param name="continuation">Token ids; at least one. The last is predicted and not read.</param>
    /// <returns>Nats, one for each token of <paramref name="continuation"/>.</returns>
    public IReadOnlyList<double> ComputeLosses(IReadOnlyList<int> text, IReadOnlyList<int> continuation)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(continuation);
        if (text.Count > 1) _ = ComputeNextTokenLogits([.. text.SkipLast(1)]);
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        RetainCommonPrefix(text, text.Count - 1);
        var logits = RunModel([.. text, .. continuation.SkipLast(1)], text.Count + continuation.Count - 1, ids => _model.Forward(ids, cache: _cache));  // [1, n, vocabulary]
        var targets = tensor(continuation.Select(id => (long)id).ToArray(), [1, continuation.Count], device: _model.Device);
        return [.. CrossEntropy.ComputePerToken(logits, targets).to(float64).cpu().data<double>()];
    }

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();

    // Forgets what the text does not begin with, and all behind the first tokens that may be kept.
    private void RetainCommonPrefix(IReadOnlyList<int> text, int maxLength)
    {
        if (text.Count == 0) throw new ArgumentException("There is no token to read.", nameof(text));
        var same = 0;
        while (same < Math.Min(maxLength, _cachedIds.Count) && _cachedIds[same] == text[same]) same++;
        _cachedIds.RemoveRange(same, _cachedIds.Count - same);
        _cache.Crop(same);
    }

    // Reads on to the end of a part. What is told of as read has gone through every layer.
    private Tensor RunModel(IReadOnlyList<int> text, int end, Func<Tensor, Tensor> read)
    {
        var ids = Enumerable.Range(_cachedIds.Count, end - _cachedIds.Count).Select(i => (long)text[i]).ToArray();
        var result = read(tensor(ids, [1, ids.Length], device: _model.Device));
        _cachedIds.AddRange(ids.Select(id => (int)id));
        ComputedTokens += ids.Length;
        return result;
    }
}
