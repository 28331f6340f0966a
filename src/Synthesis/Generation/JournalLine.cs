using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// A line of a journal file: an entry with a checksum, so that damage inside a line is noticed and never changes which requests
/// are answered. Lines of older journals have no checksum.
/// </summary>
internal static partial class JournalLine
{
    private const int ChecksumLength = 16;
    private const long LargestNumber = 1_000_000_000_000;
    private const decimal LargestCost = 1_000_000_000;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes an entry as a line, without its end.</summary>
    public static string Write(JournalEntry entry)
    {
        var json = JsonText.Serialize(entry);
        return $"{json.AsSpan(0, json.Length - 1)},\"check\":\"{ComputeChecksum(json)}\"}}";
    }

    /// <summary>Reads a line.</summary>
    /// <exception cref="InvalidDataException">The line is damaged.</exception>
    public static JournalEntry Read(ReadOnlySpan<byte> line, string location)
    {
        var problem = $"{location}: invalid journal line. The journal contains paid replies, so it is never repaired "
            + "automatically; fix or remove the line";
        try
        {
            var text = Strict.GetString(line).TrimEnd('\r').TrimStart('\uFEFF');
            if (ChecksumRegex().Match(text) is { Success: true } check)
            {
                text = $"{text.AsSpan(0, check.Index)}}}";
                if (check.Groups[1].ValueSpan is var written && !written.SequenceEqual(ComputeChecksum(text)))
                    throw new InvalidDataException(
                        $"{problem}: it does not match its checksum, so it was changed after it was written. To keep a change "
                            + $"that was made on purpose, remove {check.Value[..^1]} at its end.");
            }
            var entry = JsonText.Deserialize<JournalEntry>(text, problem);
            return IsPlausible(entry) ? entry : throw new InvalidDataException($"{problem}: it has an impossible number.");
        }
        catch (DecoderFallbackException error)
        {
            throw new InvalidDataException($"{problem}: it is not UTF-8.", error);
        }
        catch (Exception error)
            when (error is InvalidOperationException or NotSupportedException or ArgumentException or FormatException)
        {
            throw new InvalidDataException($"{problem}: {error.Message}", error);
        }
    }

    /// <summary>Reads a line that may be incomplete; null if it is.</summary>
    public static JournalEntry? TryRead(ReadOnlySpan<byte> line)
    {
        try
        {
            return Read(line, "");
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static string ComputeChecksum(string json) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)))[..ChecksumLength];

    private static bool IsPlausible(JournalEntry entry) => entry switch
    {
        SentEntry sent => IsNumber(sent.Send) && IsNumber(sent.Attempt) && IsCost(sent.CostAtMost),
        ReceivedEntry reply =>
            IsNumber(reply.Send) && IsNumber(reply.Attempt) && IsCost(reply.CostAtMost) && IsCost(reply.Price.Input)
            && IsCost(reply.Price.Output),
        RepliedEntry reply =>
            IsNumber(reply.Send) && IsNumber(reply.Attempt) && IsNumber(reply.InputTokens) && IsNumber(reply.OutputTokens)
            && IsCost(reply.Cost),
        FailedEntry failed => IsNumber(failed.Send) && IsNumber(failed.Attempt),
        BatchSentEntry batch => IsCost(batch.CostAtMost) && batch.Keys.All(key => key is not null),
        _ => true,
    };

    private static bool IsNumber(long number) => number is >= 0 and <= LargestNumber;

    private static bool IsCost(decimal cost) => cost is >= 0 and <= LargestCost;

    [GeneratedRegex("""
        ,"check":"([0-9a-f]*)"}\z
        """)]
    private static partial Regex ChecksumRegex();
}
