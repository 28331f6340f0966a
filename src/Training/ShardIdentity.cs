using System.Security.Cryptography;
using System.Text;
using TurkishLlm.Data;

namespace TurkishLlm.Training;

/// <summary>One hash for all shards of a data set: what a step reads depends on every one of them and on their order.</summary>
internal static class ShardIdentity
{
    public static string Of(ShardManifest manifest) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', Enum.GetValues<DataSplit>().SelectMany(split => manifest.Of(split).Select(shard => $"{split} {shard.Sha256}"))))));
}
