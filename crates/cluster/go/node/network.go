package main

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// network connects the pods of this node with each other and with this machine. Its bridge is in a
// network namespace that only this process holds, so that it vanishes with the process.
type network struct {
	mutex  sync.Mutex
	subnet byte // the third part of the addresses
	used   map[byte]bool
	bridge int // the index of the bridge's link
	inside *netlink.Handle
}

// newNetwork makes the bridge, and an uplink to it whose address is that of the node.
func newNetwork() (*network, error) {
	subnet, err := freeSubnet()
	if err != nil {
		return nil, err
	}
	namespace, err := newNamespace()
	if err != nil {
		return nil, err
	}
	n := &network{subnet: subnet, used: map[byte]bool{}}

	uplink := &netlink.Veth{
		LinkAttrs:     netlink.LinkAttrs{Name: fmt.Sprintf("vcluster%d", subnet)},
		PeerName:      "uplink",
		PeerNamespace: netlink.NsFd(namespace),
	}
	if err := netlink.LinkAdd(uplink); err != nil {
		return nil, fmt.Errorf("failed to add the link %s: %w", uplink.Name, err)
	}
	if err := netlink.AddrAdd(uplink, n.cidr(1)); err != nil {
		return nil, err
	}
	if err := netlink.LinkSetUp(uplink); err != nil {
		return nil, err
	}

	if n.inside, err = netlink.NewHandleAt(namespace); err != nil {
		return nil, err
	}
	bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "pods"}}
	if err := n.inside.LinkAdd(bridge); err != nil {
		return nil, fmt.Errorf("failed to add the bridge: %w", err)
	}
	n.bridge = bridge.Attrs().Index
	if err := n.inside.LinkSetUp(bridge); err != nil {
		return nil, err
	}
	return n, n.attach("uplink")
}

// hostAddress returns the address of this machine in the pods' network.
func (n *network) hostAddress() string {
	return n.cidr(1).IP.String()
}

// connect gives a sandbox's network namespace an address.
func (n *network) connect(process int) (host byte, err error) {
	namespace, err := netns.GetFromPid(process)
	if err != nil {
		return 0, err
	}
	defer namespace.Close()
	pod, err := netlink.NewHandleAt(namespace)
	if err != nil {
		return 0, err
	}
	defer pod.Close()
	if host, err = n.reserve(); err != nil {
		return 0, err
	}
	if err := n.configure(pod, host, process); err != nil {
		n.release(host)
		return 0, fmt.Errorf("failed to connect the sandbox: %w", err)
	}
	return host, nil
}

func (n *network) configure(pod *netlink.Handle, host byte, process int) error {
	address := n.cidr(host)
	link := &netlink.Veth{
		LinkAttrs:     netlink.LinkAttrs{Name: fmt.Sprintf("pod%d-%d", host, process)},
		PeerName:      "eth0",
		PeerNamespace: netlink.NsPid(process),
		// The same address always has the same link address: neighbours may remember it.
		PeerHardwareAddr: net.HardwareAddr(append([]byte{2, 0}, address.IP.To4()...)),
	}
	if err := n.inside.LinkAdd(link); err != nil {
		return err
	}
	if err := n.attach(link.Name); err != nil {
		return err
	}
	loopback, err := pod.LinkByName("lo")
	if err != nil {
		return err
	}
	if err := pod.LinkSetUp(loopback); err != nil {
		return err
	}
	own, err := pod.LinkByName("eth0")
	if err != nil {
		return err
	}
	if err := pod.AddrAdd(own, address); err != nil {
		return err
	}
	if err := pod.LinkSetUp(own); err != nil {
		return err
	}
	return pod.RouteAdd(&netlink.Route{LinkIndex: own.Attrs().Index, Gw: n.cidr(1).IP})
}

// release makes the address of an ended sandbox available.
func (n *network) release(host byte) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	delete(n.used, host)
}

func (n *network) reserve() (byte, error) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	for host := byte(2); host < 255; host++ {
		if !n.used[host] {
			n.used[host] = true
			return host, nil
		}
	}
	return 0, fmt.Errorf("all 253 addresses are in use")
}

func (n *network) attach(name string) error {
	link, err := n.inside.LinkByName(name)
	if err != nil {
		return err
	}
	if err := n.inside.LinkSetMasterByIndex(link, n.bridge); err != nil {
		return err
	}
	return n.inside.LinkSetUp(link)
}

func (n *network) cidr(host byte) *netlink.Addr {
	address := net.IPv4(10, 244, n.subnet, host)
	return &netlink.Addr{IPNet: &net.IPNet{IP: address, Mask: net.CIDRMask(24, 32)}}
}

// freeSubnet returns the third part of a /24 of 10.244.0.0/16 that this machine has no route to,
// apart from a default route.
func freeSubnet() (byte, error) {
	routes, err := netlink.RouteList(nil, netlink.FAMILY_V4)
	if err != nil {
		return 0, fmt.Errorf("failed to list routes: %w", err)
	}
	for i := range 256 {
		// Two nodes that start at the same time choose different ones.
		subnet := byte(os.Getpid() + i)
		first := net.IPv4(10, 244, subnet, 1)
		taken := false
		for _, route := range routes {
			if route.Dst != nil && !route.Dst.IP.IsUnspecified() && route.Dst.Contains(first) {
				taken = true
			}
		}
		if !taken {
			return subnet, nil
		}
	}
	return 0, fmt.Errorf("this machine has routes to all of 10.244.0.0/16")
}

// newNamespace returns a network namespace that exists as long as its handle is open.
func newNamespace() (netns.NsHandle, error) {
	type result struct {
		handle netns.NsHandle
		err    error
	}
	results := make(chan result)
	go func() {
		// The thread is in the new namespace; it ends with this function.
		runtime.LockOSThread()
		handle, err := netns.New()
		results <- result{handle, err}
	}()
	made := <-results
	return made.handle, made.err
}
