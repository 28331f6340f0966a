using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace TurkishLlm.Data.Corpus;

/// <summary>Identifies a document by 128 bits of the SHA-256 of its text. The same on every machine and in every run.</summary>
internal static class DocumentHash
{
    public static UInt128 Compute(string text)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)), digest);
            return BinaryPrimitives.ReadUInt128BigEndian(digest);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
