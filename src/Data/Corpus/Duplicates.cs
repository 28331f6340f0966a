namespace TurkishLlm.Data.Corpus;

/// <summary>Finds documents that equal an earlier one, by 128 bits of their SHA-256.</summary>
/// <remarks>
/// Memory is bounded: with more than four million documents, the hashes are partitioned by value and the documents are read once
/// per partition.
/// </remarks>
internal static class Duplicates
{
    private const long MaxHashesInMemory = 4 << 20;

    public static void Mark(Staging staging, Span<byte> exclusions, CancellationToken cancellationToken)
    {
        var parts = (ulong)(staging.DocumentCount / MaxHashesInMemory) + 1;
        HashSet<UInt128> seen = [];
        for (var part = 0UL; part < parts; part++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            seen.Clear();
            var i = 0;
            foreach (var document in staging.EnumerateDocuments())
            {
                if (Math.BigMul((ulong)document.Hash, parts, out _) == part && !seen.Add(document.Hash))
                    exclusions[i] = (byte)ExclusionReason.Duplicate;
                i++;
            }
        }
    }
}
