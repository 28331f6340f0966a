using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace TurkishLlm.Files;

/// <summary>Identifies the content of a file without reading it: changing the content changes the identity.</summary>
/// <param name="Bytes">Size.</param>
/// <param name="Modified">Time of the last change of the content, in ticks.</param>
/// <param name="Changed">
/// Linux: time of the last change of content or attributes, in nanoseconds; unlike the other time, programs cannot set it.
/// Elsewhere, the time of creation in ticks.
/// </param>
/// <param name="Inode">Linux: number of the file in its file system; 0 elsewhere.</param>
/// <param name="Device">Linux: number of the file system; 0 elsewhere.</param>
public sealed record FileIdentity(long Bytes, long Modified, long Changed, ulong Inode, ulong Device)
{
    /// <summary>Reads the identity of a file, of the target if it is a link.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static FileIdentity Read(string path)
    {
        using var file = File.OpenHandle(path);
        var (bytes, modified) = (RandomAccess.GetLength(file), File.GetLastWriteTimeUtc(file).Ticks);
        return OperatingSystem.IsLinux() && ReadLinux(path) is { } status
            ? new(bytes, modified, status.Changed, status.Inode, status.Device)
            : new(bytes, modified, File.GetCreationTimeUtc(file).Ticks, 0, 0);
    }

    /// <summary>
    /// Returns true if a path is a pipe, a socket or a device, so that opening it can wait forever. Recognized on Linux only.
    /// </summary>
    public static bool IsSpecial(string path)
    {
        const int mode = 28, kind = 0xF000, regular = 0x8000, folder = 0x4000;
        return OperatingSystem.IsLinux() && ReadStatus(path) is { } status
            && (BinaryPrimitives.ReadUInt16LittleEndian(status.AsSpan(mode)) & kind) is not (regular or folder);
    }

    // struct statx has the same layout on every architecture.
    [SupportedOSPlatform("linux")]
    private static byte[]? ReadStatus(string path)
    {
        const int currentFolder = -100, size = 256;
        const uint basicStatus = 0x7FF;
        var status = new byte[size];
        return Statx(currentFolder, Encoding.UTF8.GetBytes(path + '\0'), 0, basicStatus, status) == 0 ? status : null;
    }

    [SupportedOSPlatform("linux")]
    private static (long Changed, ulong Inode, ulong Device)? ReadLinux(string path)
    {
        const int inode = 32, changed = 96, device = 136;
        if (ReadStatus(path) is not { } status) return null;
        return (
            BinaryPrimitives.ReadInt64LittleEndian(status.AsSpan(changed)) * 1_000_000_000
                + BinaryPrimitives.ReadUInt32LittleEndian(status.AsSpan(changed + 8)),
            BinaryPrimitives.ReadUInt64LittleEndian(status.AsSpan(inode)),
            BinaryPrimitives.ReadUInt64LittleEndian(status.AsSpan(device)));
    }

    [SupportedOSPlatform("linux")]
    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(int folder, byte[] path, int flags, uint mask, byte[] status);
}
