namespace TurkishLlm.Tokenization;

/// <summary>
/// Which two neighbours become which token. Ids follow the order of learning, so the smaller result is the merge to do first.
/// </summary>
internal sealed class MergeTable
{
    /// <summary>What <see cref="Find"/> gives for two tokens that never merge; larger than any id.</summary>
    public const int None = int.MaxValue;

    private readonly uint[] _pairs;
    private readonly int[] _results;
    private readonly int _shift;

    /// <param name="merges">Pairs in the order of learning; pair <c>i</c> gives id <see cref="VocabularyLayout.FirstMerge"/> + i.</param>
    public MergeTable(IReadOnlyList<(int Left, int Right)> merges)
    {
        var bits = 4;
        while (1 << bits < merges.Count * 4) bits++;
        _shift = 32 - bits;
        _pairs = new uint[1 << bits];
        _results = new int[1 << bits];
        Array.Fill(_results, None);

        for (var i = 0; i < merges.Count; i++)
        {
            var pair = Pack(merges[i].Left, merges[i].Right);
            var slot = Slot(pair);
            while (_results[slot] != None) slot = (slot + 1) & (_pairs.Length - 1);
            _pairs[slot] = pair;
            _results[slot] = VocabularyLayout.FirstMerge + i;
        }
    }

    /// <summary>The token two neighbours become, or <see cref="None"/>.</summary>
    public int Find(int left, int right)
    {
        var pair = Pack(left, right);
        for (var slot = Slot(pair); ; slot = (slot + 1) & (_pairs.Length - 1))
        {
            var result = _results[slot];
            if (result == None || _pairs[slot] == pair) return result;
        }
    }

    private static uint Pack(int left, int right) => (uint)left << 16 | (uint)right;

    private int Slot(uint pair) => (int)(pair * 0x9E3779B1u >> _shift);
}
