using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Batches;

namespace TurkishLlm.Cli.Specification;

/// <summary>Words for what the gate found.</summary>
internal static class GateText
{
    /// <summary>Says how much data was verified, and how much of that at an earlier start.</summary>
    public static string DescribeData(ShardVerification data)
    {
        var all = $"data: {Format.Bytes(data.Bytes)} in {Format.Count(data.Files, "shard file")} have the hashes of the manifest";
        return data.BytesRead == data.Bytes ? all + "."
            : data.BytesRead == 0 ? all + "; unchanged since they were last verified."
            : $"{all}; {Format.Bytes(data.BytesRead)} read, the rest unchanged since it was last verified.";
    }
}
