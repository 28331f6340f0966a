using TurkishLlm.Inference.Decoding;

namespace TurkishLlm.Inference.Batching;

/// <summary>A cache with the tokens that are in it.</summary>
internal sealed class CachedText(IDecoderSequence sequence) : IDisposable
{
    private readonly List<int> _ids = [];

    public IDecoderSequence Sequence => sequence;

    public int Length => _ids.Count;

    /// <summary>True while a text uses the cache.</summary>
    public bool IsUsed { get; set; }

    /// <summary>Number of the text that used the cache last; larger is later.</summary>
    public long LastUse { get; set; }

    /// <summary>Returns the number of first tokens that a text shares with the cache, leaving at least one to compute.</summary>
    public int CommonPrefixLength(ReadOnlySpan<int> text)
    {
        var (same, most) = (0, Math.Min(text.Length - 1, _ids.Count));
        while (same < most && _ids[same] == text[same]) same++;
        return same;
    }

    public void Crop(int length)
    {
        _ids.RemoveRange(length, _ids.Count - length);
        sequence.Crop(length);
    }

    /// <summary>Records tokens that the decoder has appended.</summary>
    public void Appended(ReadOnlySpan<int> ids) => _ids.AddRange(ids);

    public void Dispose() => sequence.Dispose();
}
