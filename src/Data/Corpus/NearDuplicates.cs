using System.Runtime.InteropServices;

namespace TurkishLlm.Data.Corpus;

/// <summary>Finds documents that are nearly the same as an earlier one.</summary>
/// <remarks>
/// Documents with signatures that agree at all 8 positions of one of 16 bands are compared: documents of similarity s are
/// compared with a probability of 1 − (1 − s⁸)¹⁶ (0.95 at 0.8, 0.9999 at 0.9, 0.06 at 0.5). The later of two is excluded if their
/// estimated similarity reaches the limit and the earlier one is not excluded. So of two documents that were compared and reached
/// the limit, at most one is kept in either split, and the result does not depend on the number of threads. Memory is bounded:
/// bands are partitioned by value so that the entries of one partition take 256 MB, and signatures stay on disk. Each document is
/// compared with at most 256 earlier ones per band. Source: Broder 1997; Lee et al. 2022, arXiv:2107.06499. Spec: DAT-40.
/// </remarks>
internal sealed class NearDuplicates(Staging staging, double similarity)
{
    private const long MaxEntriesInMemory = (256L << 20) / (sizeof(ulong) + sizeof(int));
    private const int MaxCompared = 256;

    private readonly List<ulong> _keys = [];
    private readonly List<int> _documents = [];
    private readonly ushort[] _signature = new ushort[MinHash.SignatureLength];
    private readonly ushort[] _earlier = new ushort[MinHash.SignatureLength * MaxCompared];

    public void Mark(byte[] exclusions, CancellationToken cancellationToken)
    {
        var parts = (ulong)(staging.DocumentCount * MinHash.Bands / MaxEntriesInMemory) + 1;
        for (var part = 0UL; part < parts; part++)
        {
            Gather(part, parts, exclusions);
            var keys = CollectionsMarshal.AsSpan(_keys);
            var documents = CollectionsMarshal.AsSpan(_documents);
            keys.Sort(documents);
            for (int from = 0, to; from < keys.Length; from = to)
            {
                for (to = from + 1; to < keys.Length && keys[to] == keys[from]; to++) { }
                if (to - from == 1) continue;
                cancellationToken.ThrowIfCancellationRequested();
                documents[from..to].Sort();
                Compare(documents[from..to], exclusions);
            }
        }
    }

    private void Gather(ulong part, ulong parts, byte[] exclusions)
    {
        _keys.Clear();
        _documents.Clear();
        var document = 0;
        foreach (var signature in staging.EnumerateSignatures())
        {
            for (var band = 0; exclusions[document] == 0 && band < MinHash.Bands; band++)
            {
                var key = MinHash.ComputeBandKey(signature.Span, band);
                if (Math.BigMul(key, parts, out _) != part) continue;
                _keys.Add(key);
                _documents.Add(document);
            }
            document++;
        }
    }

    private void Compare(ReadOnlySpan<int> documents, byte[] exclusions)
    {
        var earlier = 0;
        foreach (var document in documents)
        {
            if (exclusions[document] != 0) continue;
            staging.ReadSignatures(document, _signature);
            if (IsNearAny(earlier)) exclusions[document] = (byte)ExclusionReason.NearDuplicate;
            else if (earlier < MaxCompared) _signature.CopyTo(_earlier, MinHash.SignatureLength * earlier++);
        }
    }

    private bool IsNearAny(int earlier)
    {
        for (var i = 0; i < earlier; i++)
            if (
                MinHash.EstimateSimilarity(_signature, _earlier.AsSpan(MinHash.SignatureLength * i, MinHash.SignatureLength))
                >= similarity)
                return true;
        return false;
    }
}
