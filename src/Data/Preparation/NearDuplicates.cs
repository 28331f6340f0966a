using System.Runtime.InteropServices;

namespace TurkishLlm.Data;

/// <summary>Finds documents that are nearly the same as an earlier one.</summary>
/// <remarks>
/// Documents whose signatures agree in all 8 places of one of 16 bands are compared: those of similarity s are, with a probability
/// of 1 − (1 − s⁸)¹⁶ (0.95 at 0.8, 0.9999 at 0.9, 0.06 at 0.5). The later of two is left out when their estimated similarity reaches
/// the limit and the earlier one is still in. So no two documents that were compared and reached it are both kept, on whichever
/// side of the split, and what is kept is the same for any number of threads.
/// Memory is bounded: bands are divided by value so that 256 MB hold the entries of one part, and signatures stay on the disk.
/// Among documents of one band at most 256 are compared with each later one.
/// Source: Broder 1997; Lee et al. 2022, arXiv:2107.06499. Spec: DAT-40.
/// </remarks>
internal sealed class NearDuplicates(Staging staging, double similarity)
{
    private const long EntriesAtOnce = (256L << 20) / (sizeof(ulong) + sizeof(int));
    private const int MostCompared = 256;

    private readonly List<ulong> _keys = [];
    private readonly List<int> _documents = [];
    private readonly ushort[] _signature = new ushort[MinHash.Length];
    private readonly ushort[] _earlier = new ushort[MinHash.Length * MostCompared];

    public void Mark(byte[] fates, CancellationToken cancel)
    {
        var parts = (ulong)(staging.DocumentCount * MinHash.Bands / EntriesAtOnce) + 1;
        for (var part = 0UL; part < parts; part++)
        {
            Gather(part, parts, fates);
            var keys = CollectionsMarshal.AsSpan(_keys);
            var documents = CollectionsMarshal.AsSpan(_documents);
            keys.Sort(documents);
            for (int from = 0, to; from < keys.Length; from = to)
            {
                for (to = from + 1; to < keys.Length && keys[to] == keys[from]; to++) { }
                if (to - from == 1) continue;
                cancel.ThrowIfCancellationRequested();
                documents[from..to].Sort();
                Compare(documents[from..to], fates);
            }
        }
    }

    private void Gather(ulong part, ulong parts, byte[] fates)
    {
        _keys.Clear();
        _documents.Clear();
        var document = 0;
        foreach (var signature in staging.Signatures())
        {
            for (var band = 0; fates[document] == 0 && band < MinHash.Bands; band++)
            {
                var key = MinHash.BandKey(signature.Span, band);
                if (Math.BigMul(key, parts, out _) != part) continue;
                _keys.Add(key);
                _documents.Add(document);
            }
            document++;
        }
    }

    private void Compare(ReadOnlySpan<int> documents, byte[] fates)
    {
        var earlier = 0;
        foreach (var document in documents)
        {
            if (fates[document] != 0) continue;
            staging.ReadSignatures(document, _signature);
            if (IsNearOneOf(earlier)) fates[document] = (byte)LeftOutReason.NearDuplicate;
            else if (earlier < MostCompared) _signature.CopyTo(_earlier, MinHash.Length * earlier++);
        }
    }

    private bool IsNearOneOf(int earlier)
    {
        for (var i = 0; i < earlier; i++)
            if (MinHash.Similarity(_signature, _earlier.AsSpan(MinHash.Length * i, MinHash.Length)) >= similarity) return true;
        return false;
    }
}
