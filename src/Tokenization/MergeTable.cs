namespace TurkishLlm.Tokenization;

/// <summary>
/// Maps pairs of adjacent tokens to the token they merge into. Ids follow the order of learning, so the merge with the smallest
/// result is applied first.
/// </summary>
internal sealed class MergeTable
{
    /// <summary>The result of <see cref="Find"/> for two tokens that never merge; larger than any id.</summary>
    public const int NoMerge = int.MaxValue;

    private readonly (uint Pair, int Result)[] _slots;
    private readonly int _shift;

    /// <param name="merges">
    /// Pairs in the order of learning; pair <c>i</c> produces the id <see cref="VocabularyLayout.FirstMerge"/> + i.
    /// </param>
    public MergeTable(IReadOnlyList<(int Left, int Right)> merges)
    {
        var bits = 4;
        while (1 << bits < merges.Count * 4) bits++;
        _shift = 32 - bits;
        _slots = new (uint, int)[1 << bits];
        Array.Fill(_slots, (0u, NoMerge));

        for (var i = 0; i < merges.Count; i++)
        {
            var pair = Pack(merges[i].Left, merges[i].Right);
            var slot = GetSlot(pair);
            while (_slots[slot].Result != NoMerge) slot = (slot + 1) & (_slots.Length - 1);
            _slots[slot] = (pair, VocabularyLayout.FirstMerge + i);
        }
    }

    /// <summary>Returns the token that two adjacent tokens merge into, or <see cref="NoMerge"/>.</summary>
    public int Find(int left, int right)
    {
        var pair = Pack(left, right);
        for (var slot = GetSlot(pair); ; slot = (slot + 1) & (_slots.Length - 1))
        {
            var (found, result) = _slots[slot];
            if (result == NoMerge || found == pair) return result;
        }
    }

    private static uint Pack(int left, int right) => (uint)left << 16 | (uint)right;

    private int GetSlot(uint pair) => (int)(pair * 0x9E3779B1u >> _shift);
}
