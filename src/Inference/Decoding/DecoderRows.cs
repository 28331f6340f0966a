using TurkishLlm.Kernels.Packed;

namespace TurkishLlm.Inference.Decoding;

/// <summary>Tokens that are computed together, of one text or of several.</summary>
internal sealed class DecoderRows(int capacity)
{
    private readonly Row[] _rows = new Row[capacity];

    /// <summary>Largest number of rows.</summary>
    public int Capacity => capacity;

    /// <summary>Number of rows.</summary>
    public int Count { get; private set; }

    public ref readonly Row this[int index] => ref _rows[index];

    public void Add(CachedKeyValues cache, int position, int id, int output) => _rows[Count++] = new(cache, position, id, output);

    public void Clear()
    {
        Array.Clear(_rows, 0, Count);
        Count = 0;
    }

    /// <summary>A token.</summary>
    /// <param name="Cache">Keys and values of its text.</param>
    /// <param name="Position">Its position.</param>
    /// <param name="Id">Its id.</param>
    /// <param name="Output">Index of its hidden state among those that the head reads; −1 for none.</param>
    internal readonly record struct Row(CachedKeyValues Cache, int Position, int Id, int Output);
}
