using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace TurkishLlm.Files;

/// <summary>Flushes files and folders to the disk, so that they survive a power failure.</summary>
public static class DiskSync
{
    /// <summary>Flushes all files under a folder, and the folders that contain them.</summary>
    public static void FlushTree(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder)) FlushFile(file);
        foreach (var inner in Directory.EnumerateDirectories(folder)) FlushTree(inner);
        FlushDirectory(folder);
    }

    /// <summary>Flushes a file.</summary>
    public static void FlushFile(string path)
    {
        using var handle = System.IO.File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Flushes the entries of a folder. Does nothing on Windows, which writes them with the file.</summary>
    public static void FlushDirectory(string path)
    {
        if (OperatingSystem.IsWindows()) return;

        const int readOnly = 0;
        var descriptor = Open(Encoding.UTF8.GetBytes(path + '\0'), readOnly);
        if (descriptor < 0) throw new IOException(
            $"Could not open the folder {path} to flush it: error {Marshal.GetLastPInvokeError()}.");
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);

        // Some network file systems cannot flush folders (EINVAL); they keep names in their own journal.
        const int notSupported = 22;
        if (Flush(descriptor) != 0 && Marshal.GetLastPInvokeError() != notSupported)
            throw new IOException($"Could not flush the folder {path}: error {Marshal.GetLastPInvokeError()}.");
    }

    [UnsupportedOSPlatform("windows")]
    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);

    [UnsupportedOSPlatform("windows")]
    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Flush(int descriptor);
}
