using System.Security.Cryptography;
using System.Text;
using TurkishLlm.Data.Batches;

namespace TurkishLlm.Runs;

/// <summary>One hash for all shards of a data set: what a step reads depends on every one of them and on their order.</summary>
public static class ShardHash
{
    /// <summary>The hash of all shards that a manifest lists.</summary>
    public static string Compute(ShardManifest manifest) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', Enum.GetValues<DataSplit>().SelectMany(split => manifest.GetShards(split).Select(shard => $"{split} {shard.Sha256}"))))));
}
