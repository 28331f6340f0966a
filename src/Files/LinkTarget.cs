namespace TurkishLlm.Files;

/// <summary>Follows symbolic links of outputs, so that renaming replaces what a link points to and not the link.</summary>
public static class LinkTarget
{
    /// <summary>Returns the path that the links of a path lead to, even if nothing exists there yet.</summary>
    /// <exception cref="IOException">The links form a circle.</exception>
    public static string Resolve(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = Path.TrimEndingDirectorySeparator(path);
        for (var links = 0; !IsDevice(path) && new FileInfo(path).LinkTarget is { } target; links++)
        {
            if (links == 40) throw new IOException($"{path} is a symbolic link to itself.");
            path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "", target);
        }
        return path;
    }

    /// <summary>Names a path in a message, with its target if it is a link.</summary>
    internal static string Describe(string path, string target) =>
        string.Equals(Path.TrimEndingDirectorySeparator(path), target, StringComparison.Ordinal)
            ? path
            : $"{path}, a link to {target}";

    /// <summary>Creates a folder and its parents, also through links to folders that do not exist yet.</summary>
    /// <exception cref="IOException">The folder cannot be created.</exception>
    public static void CreateDirectory(string path)
    {
        if (Directory.Exists(path)) return;
        var target = Resolve(path);
        if (Path.GetDirectoryName(target) is { Length: > 0 } parent) CreateDirectory(parent);
        Directory.CreateDirectory(target);
    }

    /// <summary>Returns true if a path is a device or a pipe of the system, which cannot be replaced.</summary>
    public static bool IsDevice(string path) =>
        !OperatingSystem.IsWindows()
        && (Path.GetFullPath(path) is var full)
        && (full.StartsWith("/proc/", StringComparison.Ordinal)
            || (full.StartsWith("/dev/", StringComparison.Ordinal) && !full.StartsWith("/dev/shm/", StringComparison.Ordinal)));
}
