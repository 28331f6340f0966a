using System.Globalization;
using TurkishLlm.Files;

namespace TurkishLlm.Training.Memory;

/// <summary>
/// Reports the memory that is still available: on Linux within the limits of the container, elsewhere as the runtime reports it.
/// </summary>
public static class SystemMemory
{
    /// <summary>Returns the bytes that are free or used for file caches.</summary>
    public static long GetFreeBytes() => GetFreeBytes("/proc", "/sys/fs/cgroup");

    /// <summary>Returns the same, read from other folders than those of the system.</summary>
    /// <param name="proc">Folder with <c>meminfo</c> and <c>self/cgroup</c>.</param>
    /// <param name="groups">Folder of the control groups.</param>
    public static long GetFreeBytes(string proc, string groups)
    {
        var kilobytes = Number(Path.Combine(proc, "meminfo"), "MemAvailable:");
        var machine = kilobytes * 1024 ?? GetFreeBytesOfRuntime();
        return Math.Max(0, GetControlGroups(proc, groups).Select(GetFreeBytesOfGroup).Append(machine).Min());
    }

    // Windows and macOS: the garbage collector reports what it saw in its last collection, so one must have happened.
    private static long GetFreeBytesOfRuntime()
    {
        if (GC.GetGCMemoryInfo().Index == 0) GC.Collect();
        var memory = GC.GetGCMemoryInfo();
        return memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes;
    }

    // The control group of this process and its parents, version 1 or 2: "4:memory:/a/b" or "0::/a/b".
    private static IEnumerable<string> GetControlGroups(string proc, string groups)
    {
        var file = Path.Combine(proc, "self", "cgroup");
        if (!File.Exists(file)) yield break;
        foreach (var line in TextFile.ReadLines(file))
        {
            if (
                line.Split(':', 3) is not [_, var controllers, var path]
                || (controllers.Length > 0 && !controllers.Split(',').Contains("memory")))
                continue;
            var root = controllers.Length == 0 ? groups : Path.Combine(groups, "memory");
            for (var group = path.TrimEnd('/'); ; group = group[..group.LastIndexOf('/')])
            {
                yield return root + group;
                if (group.Length == 0) break;
            }
        }
    }

    private static long GetFreeBytesOfGroup(string group)
    {
        var limit = Number(Path.Combine(group, "memory.max")) ?? Number(Path.Combine(group, "memory.limit_in_bytes"));
        var used = Number(Path.Combine(group, "memory.current")) ?? Number(Path.Combine(group, "memory.usage_in_bytes"));
        if (limit is null || used is null) return long.MaxValue;
        var files = Number(Path.Combine(group, "memory.stat"), "inactive_file") ?? 0;
        return limit.Value - (used.Value - files);
    }

    // Reads the number of a file, or the number after a word at the start of a line; null if it is not a number, as in "max".
    private static long? Number(string file, string word = "")
    {
        if (!File.Exists(file)) return null;
        foreach (var line in TextFile.ReadLines(file))
        {
            var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var at = word.Length == 0 ? 0 : 1;
            if (
                (word.Length == 0 || parts.FirstOrDefault() == word)
                && parts.Length > at
                && long.TryParse(parts[at], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return number;
        }
        return null;
    }
}
