using System.Security.Cryptography;

namespace TurkishLlm.Data.Corpus;

/// <summary>Computes the SHA-256 of a file, as 64 lower-case hexadecimal digits.</summary>
internal static class FileDigest
{
    public static string Compute(string path)
    {
        using var file = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
