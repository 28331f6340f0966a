using TurkishLlm.Inference.Decoding;

namespace TurkishLlm.Inference.Batching;

/// <summary>
/// A bounded number of caches. A finished text stays cached until its memory is needed, so that the next turn of the conversation
/// computes only what is new.
/// </summary>
/// <remarks>Spec: GEN-31. Not thread-safe.</remarks>
internal sealed class CachePool(IDecoder decoder, int capacity, int maxTexts) : IDisposable
{
    private readonly List<CachedText> _caches = [];
    private long _uses;

    public bool HasFree => _caches.Count < maxTexts || _caches.Exists(cache => !cache.IsUsed);

    /// <summary>Takes a cache for a prompt. It keeps the common prefix of the prompt and the text before.</summary>
    public CachedText Rent(ReadOnlySpan<int> prompt)
    {
        CachedText? best = null;
        var same = 0;
        foreach (var cache in _caches.Where(cache => !cache.IsUsed))
        {
            var common = cache.CommonPrefixLength(prompt);
            // A cache that shares little, such as a system prompt, is more useful for the conversation that it holds.
            if (common > same && common * 2 >= cache.Length) (best, same) = (cache, common);
        }
        best ??= CreateIfRoom() ?? _caches.Where(cache => !cache.IsUsed).MinBy(cache => cache.LastUse)
            ?? throw new InvalidOperationException("Every cache is in use.");
        best.Crop(best.CommonPrefixLength(prompt));
        (best.IsUsed, best.LastUse) = (true, ++_uses);
        return best;
    }

    /// <summary>Gives a cache back. Its tokens stay cached.</summary>
    public static void Return(CachedText cache) => cache.IsUsed = false;

    /// <summary>Gives a cache back that may be damaged.</summary>
    public void Discard(CachedText cache)
    {
        _caches.Remove(cache);
        cache.Dispose();
    }

    public void Dispose()
    {
        foreach (var cache in _caches) cache.Dispose();
        _caches.Clear();
    }

    private CachedText? CreateIfRoom()
    {
        if (_caches.Count >= maxTexts) return null;
        var created = new CachedText(decoder.CreateSequence(capacity));
        _caches.Add(created);
        return created;
    }
}
