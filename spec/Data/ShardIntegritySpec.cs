using System.Globalization;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Files;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Data;

/// <summary>Returns true if the shards of a directory are taken for intact. Called again with the same cache folder.</summary>
public delegate bool AreIntact(string directory, string cacheFolder);

/// <summary>The gate sees the data: every byte of every shard is as preparation wrote it.</summary>
public static class ShardIntegritySpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [DAT44_Intact];

    /// <summary>Verifies the shards of a directory, at a first start and at a second one.</summary>
    public static readonly Requirement<FlippedBitCase, AreIntact> DAT44_Intact = new()
    {
        Id = "DAT-44",
        Statement = "Shards in which one bit was flipped are found to be damaged, also after the same files were verified; "
            + "those that preparation wrote are found to be intact, each time.",
        Source = "Bairavasundaram et al. 2008, FAST '08 (silent corruption on disks)",
        CanonicalCases =
        [
            new(DataSplit.Train, 0), new(DataSplit.Train, 0.5, Threads: 1), new(DataSplit.Train, 1, Threads: 5),
            new(DataSplit.Validation, 0.3, Threads: 1),
        ],
        Subject = (c, _) => (directory, cacheFolder) =>
        {
            using var data = TokenDataset.Open(directory);
            return ShardVerification.Verify(data, c.Threads, cacheFolder: cacheFolder).Holds;
        },
        Holds = (areIntact, c, at) =>
        {
            using var shards = new TemporaryShards();
            File.WriteAllText(
                shards["a.txt"], string.Join("\n\n", Enumerable.Range(0, 60).Select(i => RandomText.Generate(at.Seed, i, 80))));
            CorpusPreparation.Prepare(
                at.Tokenizer,
                new(shards["a.txt"], shards["out"], validationShare: 0.3)
                {
                    TokensPerShard = 1500, NearDuplicateSimilarity = null,
                });
            var first = areIntact(shards["out"], shards["cache"]);
            var second = areIntact(shards["out"], shards["cache"]);
            var flipped = c.Flip(shards["out"]);
            return Verdict.All(
                Verdict.That(first, first ? "intact shards are taken" : "intact shards are refused"),
                Verdict.That(second, second ? "they are taken again" : "they are refused at the second start"),
                Verdict.That(
                    !areIntact(shards["out"], shards["cache"]),
                    string.Create(CultureInfo.InvariantCulture, $"bit 0 of {flipped} flipped after the second start")));
        },
        Impostors = new()
        {
            ["reads the manifest only"] = (_, _) => (directory, _) => ShardManifest.Read(directory).Shards.Count > 0,
            ["checks headers, sizes and ids only"] = (_, _) => (directory, _) =>
            {
                using var data = TokenDataset.Open(directory);
                return new[] { data.Train, data.Validation }.All(split =>
                    DocumentTokens.ReadFirstTokens(split, int.MaxValue).All(id => id < data.Manifest.VocabularySize));
            },
            ["verifies the first shard of each split only"] = (_, _) => (directory, _) =>
                Enum.GetValues<DataSplit>().All(split =>
                    HasHash(directory, ShardManifest.Read(directory).GetShards(split).First())),
            ["verifies at the first start only"] = (_, _) => (directory, cacheFolder) =>
            {
                if (Directory.Exists(cacheFolder)) return true;
                Directory.CreateDirectory(cacheFolder);
                return ShardManifest.Read(directory).Shards.All(shard => HasHash(directory, shard));
            },
            ["remembers a file by its name and size"] = (_, _) => (directory, cacheFolder) =>
            {
                Directory.CreateDirectory(cacheFolder);
                return ShardManifest.Read(directory).Shards.All(shard =>
                {
                    var known = Path.Combine(
                        cacheFolder,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{shard.File}-{new FileInfo(Path.Combine(directory, shard.File)).Length}"));
                    if (File.Exists(known)) return true;
                    if (!HasHash(directory, shard)) return false;
                    File.WriteAllText(known, shard.Sha256);
                    return true;
                });
            },
            ["compares the hashes of the files with each other"] = (_, _) => (directory, _) =>
                ShardManifest.Read(directory).Shards
                    .Select(shard => FileDigest.Compute(Path.Combine(directory, shard.File)))
                    .Distinct().Count() == ShardManifest.Read(directory).Shards.Count,
        },
    };

    private static bool HasHash(string directory, ManifestShard shard) =>
        FileDigest.Compute(Path.Combine(directory, shard.File)) == shard.Sha256;
}

/// <summary>One bit of a shard that is flipped.</summary>
/// <param name="Split">The split; the shard is its last.</param>
/// <param name="Position">Position of the token, as a fraction of the shard.</param>
/// <param name="Threads">Number of threads that verify.</param>
public sealed record FlippedBitCase(DataSplit Split, double Position, int Threads = 2)
{
    /// <summary>Flips the lowest bit of a token and returns the place. The id stays within the vocabulary.</summary>
    internal string Flip(string directory)
    {
        var shard = ShardManifest.Read(directory).GetShards(Split).Last();
        var offset = ShardHeader.Length + ShardHeader.BytesPerToken * (long)(Position * (shard.Tokens - 1));
        using var file = new FileStream(Path.Combine(directory, shard.File), FileMode.Open, FileAccess.ReadWrite);
        file.Position = offset;
        var value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 1));
        return string.Create(CultureInfo.InvariantCulture, $"{shard.File} at offset {offset}");
    }
}
