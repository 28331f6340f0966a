using System.Security.Cryptography;
using System.Text;
using TurkishLlm.Data.Batches;

namespace TurkishLlm.Runs;

/// <summary>Computes one hash for all shards of a data set. Steps depend on every shard and on their order.</summary>
public static class ShardHash
{
    /// <summary>Computes the hash of all shards of a manifest.</summary>
    public static string Compute(ShardManifest manifest) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join(
            '\n', Enum.GetValues<DataSplit>()
                .SelectMany(split => manifest.GetShards(split).Select(shard => $"{split} {shard.Sha256}"))))));
}
