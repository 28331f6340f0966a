namespace TurkishLlm.Synthesis.Generation;

/// <summary>Splits the results of a batch into lines.</summary>
internal static class ResultLines
{
    /// <summary>Returns the lines that are not empty, byte by byte as received.</summary>
    public static IEnumerable<RawReply> Split(ReplyFormat format, byte[] results)
    {
        for (var start = 0; start < results.Length;)
        {
            var end = Array.IndexOf(results, (byte)'\n', start);
            if (end < 0) end = results.Length;
            var line = RawReply.FromBytes(format, results.AsSpan(start, end - start).TrimEnd((byte)'\r'));
            if (line.Body.Trim().Length > 0) yield return line;
            start = end + 1;
        }
    }
}
