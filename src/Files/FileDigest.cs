using System.Security.Cryptography;

namespace TurkishLlm.Files;

/// <summary>Computes the SHA-256 of a file, as 64 lower-case hexadecimal digits.</summary>
public static class FileDigest
{
    /// <summary>Computes the digest of a file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static string Compute(string path)
    {
        using var file = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
